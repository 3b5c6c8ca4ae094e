import { Entity, PrimaryColumn } from 'typeorm';

/** A subject of which a transaction that is under way changed old usage. As it commits the subject gets a new version, and the row is gone. */
@Entity({
  name: 'usage_change',
  comment: 'subjects of which a transaction that is under way changed old usage; they get a new version as it commits',
})
export class UsageChangeRow {
  @PrimaryColumn('bigint', { name: 'transaction_id', primaryKeyConstraintName: 'usage_change_pkey' })
  transactionId!: string;

  @PrimaryColumn('bigint', { name: 'shard_key', primaryKeyConstraintName: 'usage_change_pkey' })
  shardKey!: string;

  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'usage_change_pkey' })
  organizationId!: string;
}
