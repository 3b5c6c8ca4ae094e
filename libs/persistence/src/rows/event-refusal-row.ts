import type { ErrorDetail, EventVerdict } from '@tallymark/domain';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An event that came in and was not stored: a duplicate, a conflict or a rejection, with the reason. Partitioned by the UTC month of receipt. */
@Entity({ name: 'event_refusal' })
@Index('event_refusal_listing_idx', ['organizationId', 'commitId'])
export class EventRefusalRow {
  @PrimaryColumn('bigint', { name: 'shard_key', primaryKeyConstraintName: 'event_refusal_pkey' })
  shardKey!: string;

  @PrimaryColumn('timestamptz', { name: 'received_at', primaryKeyConstraintName: 'event_refusal_pkey' })
  receivedAt!: Date;

  @PrimaryColumn('bigint', { name: 'commit_id', primaryKeyConstraintName: 'event_refusal_pkey' })
  commitId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'event_refusal_pkey' })
  position!: number;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @Column('text')
  verdict!: Exclude<EventVerdict, 'stored'>;

  /** How often it came in this commit. */
  @Column('integer')
  times!: number;

  @Column('text', { nullable: true })
  code!: string | null;

  @Column('text', { nullable: true })
  message!: string | null;

  @Column('jsonb', { default: [] })
  details!: ErrorDetail[];

  @Column('text', { nullable: true })
  subject!: string | null;

  @Column('text', { nullable: true })
  type!: string | null;

  @Column('text', { nullable: true })
  source!: string | null;

  @Column('text', { name: 'event_id', nullable: true })
  eventId!: string | null;
}
