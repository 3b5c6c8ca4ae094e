import { Column, Entity, PrimaryColumn } from 'typeorm';

/** That a unique-count meter saw a value in a bucket. The value is kept as 128 bits of its SHA-256, so that distinct counts are exact over any window. */
@Entity({ name: 'usage_unique' })
export class UsageUniqueRow {
  @PrimaryColumn('bigint', { name: 'shard_key', primaryKeyConstraintName: 'usage_unique_pkey' })
  shardKey!: string;

  @PrimaryColumn('uuid', { name: 'meter_id', primaryKeyConstraintName: 'usage_unique_pkey' })
  meterId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'usage_unique_pkey' })
  subject!: string;

  @PrimaryColumn('timestamptz', { name: 'bucket_start', primaryKeyConstraintName: 'usage_unique_pkey' })
  bucketStart!: Date;

  @PrimaryColumn('jsonb', { primaryKeyConstraintName: 'usage_unique_pkey' })
  dimensions!: Record<string, string | null>;

  @PrimaryColumn('uuid', { name: 'value_hash', primaryKeyConstraintName: 'usage_unique_pkey' })
  valueHash!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @Column('bigint', { name: 'event_count' })
  eventCount!: string;

  /** Whether the latest operation on the value, by time and then identity, took it out. Null, as the next two, where the meter reads no operation. */
  @Column('boolean', { name: 'last_removed', nullable: true })
  lastRemoved!: boolean | null;

  @Column('timestamptz', { name: 'last_at', nullable: true })
  lastAt!: Date | null;

  @Column('uuid', { name: 'last_identity', nullable: true })
  lastIdentity!: string | null;
}
