import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One kept event. Partitioned by the UTC month of `occurred_at`. */
@Entity({ name: 'event' })
@Index('event_commit_idx', ['organizationId', 'commitId'])
export class EventRow {
  /** 64-bit hash of organization and subject; see `shardKey`. */
  @PrimaryColumn('bigint', { name: 'shard_key', primaryKeyConstraintName: 'event_pkey' })
  shardKey!: string;

  /** The event's time, or of its receipt when it bore none. */
  @PrimaryColumn('timestamptz', { name: 'occurred_at', primaryKeyConstraintName: 'event_pkey' })
  occurredAt!: Date;

  /** 128-bit hash of organization, subject, source and id; see `eventIdentity`. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'event_pkey' })
  identity!: string;

  /** The group commit it came in with; its upper bits are the time of receipt (see `commitReceivedAt`). */
  @Column('bigint', { name: 'commit_id' })
  commitId!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @Column('boolean', { name: 'time_given' })
  timeGiven!: boolean;

  @Column('text')
  subject!: string;

  @Column('text')
  type!: string;

  @Column('text')
  source!: string;

  @Column('text', { name: 'event_id' })
  eventId!: string;

  @Column('jsonb', { nullable: true })
  data!: Record<string, unknown> | null;

  /** The correction that takes the event out of all usage; its own one when the correction that added it is reverted. */
  @Column('uuid', {
    name: 'voided_by',
    nullable: true,
    comment: 'the correction that takes the event out of all usage; its own one when the correction that added it is reverted',
  })
  voidedBy!: string | null;

  /** The correction that added the event; null for one that was sent. */
  @Column('uuid', { name: 'correction_id', nullable: true, comment: 'the correction that added the event; null for one that was sent' })
  correctionId!: string | null;
}
