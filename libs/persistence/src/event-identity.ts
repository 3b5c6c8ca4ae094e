import { hash } from 'node:crypto';

/**
 * The shard key of an organization's subject: the first 64 bits of a SHA-256, as a signed decimal string (a PostgreSQL bigint).
 * Every table that grows with traffic leads with it, so that one subject's rows lie together, on one machine.
 */
export function shardKey(organizationId: string, subject: string): string {
  return BigInt.asIntN(64, BigInt(`0x${hashParts([organizationId, subject], 'hex').slice(0, 16)}`)).toString();
}

/**
 * The identity of an event, organization + subject + source + id, as a UUID of 128 bits of their SHA-256.
 * Each part is prefixed with its length, so that ("a-b", "c") and ("a", "b-c") differ.
 */
export function eventIdentity(
  organizationId: string,
  event: { readonly subject: string; readonly source: string; readonly id: string },
): string {
  return formatUuid(hashParts([organizationId, event.subject, event.source, event.id], 'hex'));
}

/** Where the parts of an identity stand among the bytes of a request, in printable ASCII; ends are exclusive. */
export interface IdentityPlaces {
  readonly subjectStart: number;
  readonly subjectEnd: number;
  readonly sourceStart: number;
  readonly sourceEnd: number;
  readonly idStart: number;
  readonly idEnd: number;
}

/** Computes {@link eventIdentity} as the 16 bytes that a row holds. */
export interface IdentityHasher {
  ofEvent(
    organizationId: string,
    event: { readonly subject: string; readonly source: string; readonly id: string },
    into: Buffer,
    at: number,
  ): void;
  /** Of an event that nobody has made values of. */
  ofPlainEvent(organizationId: string, bytes: Buffer, places: IdentityPlaces, into: Buffer, at: number): void;
}

const IDENTITY_BYTES = 16;
/** More than an organization, three attributes of the greatest length and their lengths take. */
const MOST_HASHED_BYTES = 1024;

/** A hasher, with a buffer of its own for what is hashed. */
export function createIdentityHasher(): IdentityHasher {
  const hashed = Buffer.allocUnsafeSlow(MOST_HASHED_BYTES);
  // One view for each length, made once: a view costs as much as a hash.
  const views: Buffer[] = [];
  let lastOrganization = '';
  let prefixLength = 0;
  let length = 0;
  const addBytes = (bytes: Buffer, from: number, to: number): void => {
    const count = to - from;
    if (count >= 100) hashed[length++] = 0x30 + Math.floor(count / 100);
    if (count >= 10) hashed[length++] = 0x30 + (Math.floor(count / 10) % 10);
    hashed[length++] = 0x30 + (count % 10);
    hashed[length++] = 0x3a;
    for (let index = from; index < to; index++) hashed[length++] = bytes[index]!;
  };
  return {
    ofEvent: (organizationId, event, into, at) => {
      writeLatin1(hashParts([organizationId, event.subject, event.source, event.id], 'binary'), into, at, IDENTITY_BYTES);
    },
    ofPlainEvent: (organizationId, bytes, { subjectStart, subjectEnd, sourceStart, sourceEnd, idStart, idEnd }, into, at) => {
      if (organizationId !== lastOrganization) {
        lastOrganization = organizationId;
        prefixLength = hashed.write(joinParts([organizationId]), 'latin1');
      }
      length = prefixLength;
      addBytes(bytes, subjectStart, subjectEnd);
      addBytes(bytes, sourceStart, sourceEnd);
      addBytes(bytes, idStart, idEnd);
      const view = (views[length] ??= hashed.subarray(0, length));
      writeLatin1(hash('sha256', view, 'binary'), into, at, IDENTITY_BYTES);
    },
  };
}

function writeLatin1(text: string, into: Buffer, at: number, count: number): void {
  for (let index = 0; index < count; index++) into[at + index] = text.charCodeAt(index);
}

const CACHED_SHARDS = 20_000;

/** Computes {@link shardKey} as 8 bytes, one Latin-1 character each, and remembers it for the subjects of late: few subjects send most events. */
export function createShardCache(): (organizationId: string, subject: string) => string {
  const organizations = new Map<string, Map<string, string>>();
  let cached = 0;
  let lastOrganization = '';
  let shards: Map<string, string> | undefined;
  return (organizationId, subject) => {
    if (organizationId !== lastOrganization) {
      lastOrganization = organizationId;
      shards = organizations.get(organizationId);
    }
    const known = shards?.get(subject);
    if (known !== undefined) return known;
    if (cached >= CACHED_SHARDS) {
      organizations.clear();
      shards = undefined;
      cached = 0;
    }
    if (shards === undefined) organizations.set(organizationId, (shards = new Map()));
    const bytes = hashParts([organizationId, subject], 'binary').slice(0, 8);
    shards.set(subject, bytes);
    cached += 1;
    return bytes;
  };
}

function formatUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** In one call and as text: four times as quick as a hash object that gives a buffer. */
function hashParts(parts: readonly string[], encoding: 'hex' | 'binary'): string {
  return hash('sha256', joinParts(parts), encoding);
}

function joinParts(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return text;
}

const COUNTER_BITS = 20n;

/** Ids of group commits: milliseconds of receipt in the upper bits, a counter that starts at random in the lower 20, so that writers need no common sequence. */
export function createCommitIds(randomStart: number): (receivedAt: Date) => string {
  let counter = BigInt(Math.floor(randomStart * 2 ** Number(COUNTER_BITS)));
  return (receivedAt) => {
    counter = (counter + 1n) % (1n << COUNTER_BITS);
    return ((BigInt(receivedAt.getTime()) << COUNTER_BITS) | counter).toString();
  };
}

/** When a commit was received, to the millisecond. */
export function commitReceivedAt(commitId: string): Date {
  return new Date(Number(BigInt(commitId) >> COUNTER_BITS));
}

/** The smallest commit id of an instant: commits received from then on have this id or a greater one. */
export function firstCommitId(receivedAt: Date): string {
  return (BigInt(receivedAt.getTime()) << COUNTER_BITS).toString();
}
