import { Column, Entity, PrimaryColumn } from 'typeorm';

/** 15 minutes of usage of one meter, subject and combination of dimensions. Derived from the log alone; partitioned by UTC month. */
@Entity({ name: 'usage_bucket' })
export class UsageBucketRow {
  @PrimaryColumn('bigint', { name: 'shard_key', primaryKeyConstraintName: 'usage_bucket_pkey' })
  shardKey!: string;

  @PrimaryColumn('uuid', { name: 'meter_id', primaryKeyConstraintName: 'usage_bucket_pkey' })
  meterId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'usage_bucket_pkey' })
  subject!: string;

  @PrimaryColumn('timestamptz', { name: 'bucket_start', primaryKeyConstraintName: 'usage_bucket_pkey' })
  bucketStart!: Date;

  @PrimaryColumn('jsonb', { primaryKeyConstraintName: 'usage_bucket_pkey' })
  dimensions!: Record<string, string | null>;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @Column('bigint', { name: 'event_count' })
  eventCount!: string;

  @Column('bigint', { name: 'value_count' })
  valueCount!: string;

  @Column('numeric')
  sum!: string;

  @Column('numeric', { nullable: true })
  min!: string | null;

  @Column('numeric', { nullable: true })
  max!: string | null;

  @Column('numeric', { nullable: true, comment: 'sum of value × seconds since 1970, of meters that aggregate time_weighted_sum' })
  weighted!: string | null;

  /** Sum of the amounts that the events bear themselves; null where the meter reads none. */
  @Column('numeric', { nullable: true })
  amount!: string | null;

  /** Value of the event with the greatest time, and among equal times the greatest identity: an order that does not depend on arrival. */
  @Column('numeric', { nullable: true })
  latest!: string | null;

  @Column('timestamptz', { name: 'latest_at', nullable: true })
  latestAt!: Date | null;

  @Column('uuid', { name: 'latest_identity', nullable: true })
  latestIdentity!: string | null;
}
