import type { CredentialSource, StoredCredential } from './credential-source.js';

/** Longest time for which a revoked key still works, in milliseconds. */
export const CREDENTIAL_CACHE_MS = 5_000;
const MAX_ENTRIES = 10_000;

interface Entry {
  readonly credential: Promise<StoredCredential | null>;
  /** Set as soon as the credential is there and known. */
  known: StoredCredential | undefined;
  /** When it was stored as it is known: an instant before it was read, or before something else was read that says so. */
  stoodAtMs: number;
}

/**
 * Remembers credentials for {@link CREDENTIAL_CACHE_MS}, counted from before they were read, so that a revocation holds after
 * that time at the latest. Where its source learns from other reads that a credential still stands, the time begins anew from before
 * those, without a look-up. Concurrent requests share one look-up. What is unknown is not remembered: a new key works at once,
 * and invented ones can't drive real ones out.
 */
export class CredentialCache {
  /** In the order of last use: the first entry is the one to drop. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly source: CredentialSource,
    private readonly maxEntries = MAX_ENTRIES,
  ) {}

  /** A credential that is remembered at the moment; undefined when it must be looked up. `key` is the hash in base64. */
  recall(key: string, now: Date): StoredCredential | undefined {
    const entry = this.fresh(key, now.getTime());
    if (entry?.known === undefined) return undefined;
    this.use(key, entry);
    return entry.known;
  }

  async find(hash: Buffer, now: Date): Promise<StoredCredential | null> {
    const key = hash.toString('base64');
    const entry = this.fresh(key, now.getTime()) ?? this.load(hash, now.getTime());
    this.use(key, entry);
    if (this.entries.size > this.maxEntries) this.dropOldest();
    try {
      const credential = await entry.credential;
      if (credential === null) this.forget(key, entry);
      else entry.known = credential;
      return credential;
    } catch (error) {
      this.forget(key, entry);
      throw error;
    }
  }

  private fresh(key: string, nowMs: number): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || isTrusted(entry, nowMs)) return entry;
    const stoodAt = entry.known === undefined ? null : this.source.lastStood?.(entry.known);
    if (stoodAt === null || stoodAt === undefined) return undefined;
    entry.stoodAtMs = stoodAt.getTime();
    return isTrusted(entry, nowMs) ? entry : undefined;
  }

  private load(hash: Buffer, stoodAtMs: number): Entry {
    return { credential: this.source.findByHash(hash), known: undefined, stoodAtMs };
  }

  private use(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.entries.set(key, entry);
  }

  private forget(key: string, entry: Entry): void {
    if (this.entries.get(key) === entry) this.entries.delete(key);
  }

  private dropOldest(): void {
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }
}

/** A clock that was put back makes times of the future, which are none to trust. */
function isTrusted({ stoodAtMs }: Entry, nowMs: number): boolean {
  const ageMs = nowMs - stoodAtMs;
  return ageMs >= 0 && ageMs < CREDENTIAL_CACHE_MS;
}
