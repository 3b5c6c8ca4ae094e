import type { Scope } from '@tallymark/domain';

/** An API key as it is stored: never the key itself. */
export interface StoredCredential {
  readonly id: string;
  readonly organizationId: string;
  readonly customerId: string | null;
  /** For people, and the user name of HTTP Basic. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Version of its customer's catalogue, to which the key belongs, as it stood with the key; null for a key of a whole organization. */
  readonly customerVersion: string | null;
}

/** Where API keys are looked up. A service that has protected routes provides one, in any of its modules. */
export abstract class CredentialSource {
  /** The credential of this SHA-256 hash (32 bytes), expired and revoked ones included; null when there is none. */
  abstract findByHash(hash: Buffer): Promise<StoredCredential | null>;

  /**
   * The last instant, by the service's clock, at which a credential that was found here is known to have been stored as it was found, from what else was
   * read since; null when nothing tells. A service whose other reads tell nothing of credentials leaves it out.
   */
  lastStood?(credential: StoredCredential): Date | null;
}
