import type { Scope } from '@tallymark/domain';
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { CustomerRow } from './customer-row.js';
import { OrganizationRow } from './organization-row.js';

/** An API key. Only the SHA-256 of the secret is kept: the secret itself is shown once, when the key is made. */
@Entity({ name: 'api_key' })
@Unique('api_key_secret_hash_key', ['secretHash'])
@Index('api_key_organization_idx', ['organizationId', 'createdAt'])
export class ApiKeyRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'api_key_pkey' })
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @ManyToOne(() => OrganizationRow)
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'api_key_organization_fkey' })
  organization?: OrganizationRow;

  @Column('uuid', { name: 'customer_id', nullable: true })
  customerId!: string | null;

  @ManyToOne(() => CustomerRow)
  @JoinColumn({ name: 'customer_id', foreignKeyConstraintName: 'api_key_customer_fkey' })
  customer?: CustomerRow | null;

  @Column('text')
  name!: string;

  @Column('text', { array: true })
  scopes!: Scope[];

  @Column('bytea', { name: 'secret_hash' })
  secretHash!: Buffer;

  @Column('text', { name: 'last_four' })
  lastFour!: string;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
