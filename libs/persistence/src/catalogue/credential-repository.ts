import { Injectable } from '@nestjs/common';
import type { Scope } from '@tallymark/domain';
import { DataSource } from 'typeorm';
import { type PreparedStatement, readAlone } from '../read-batch.js';

/** An API key as the authentication of a request reads it. */
export interface CredentialRow {
  readonly id: string;
  readonly organizationId: string;
  readonly customerId: string | null;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Version of its customer's catalogue, to which the key belongs, as it stood with the key. */
  readonly customerVersion: string | null;
}

const FIND: PreparedStatement = {
  name: 'find_credential',
  sql: `SELECT id, organization_id AS "organizationId", customer_id AS "customerId", name, scopes, expires_at AS "expiresAt", revoked_at AS "revokedAt", customer_version AS "customerVersion" FROM find_credential($1)`,
};

/** Finds API keys by their hash, before any organization is known. It has the form of a `CredentialSource`. */
@Injectable()
export class CredentialRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The key of this SHA-256 hash (32 bytes), expired and revoked ones included; null when there is none. */
  async findByHash(hash: Buffer): Promise<CredentialRow | null> {
    return readAlone(this.dataSource, { statement: FIND, values: [hash], answer: ([row]: readonly CredentialRow[]) => row ?? null });
  }
}
