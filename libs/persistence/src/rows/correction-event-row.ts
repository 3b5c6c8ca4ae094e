import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An event that a correction takes out (`void`) or puts in (`add`). The rows stay when it is reverted, so that any past instant can be told. */
@Entity({ name: 'correction_event', comment: 'which events a correction takes out (void) and puts in (add); reverting leaves the rows' })
@Index('correction_event_correction_idx', ['correctionId'])
@Index('correction_event_origin_idx', ['originShardKey', 'originIdentity'])
export class CorrectionEventRow {
  @PrimaryColumn('bigint', { name: 'shard_key', primaryKeyConstraintName: 'correction_event_pkey' })
  shardKey!: string;

  @PrimaryColumn('timestamptz', { name: 'occurred_at', primaryKeyConstraintName: 'correction_event_pkey' })
  occurredAt!: Date;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'correction_event_pkey' })
  identity!: string;

  @PrimaryColumn('uuid', { name: 'correction_id', primaryKeyConstraintName: 'correction_event_pkey' })
  correctionId!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @Column('text')
  action!: 'void' | 'add';

  /** Shard key of the sent event of which this one is a version: another one where an amendment changed the subject. */
  @Column('bigint', { name: 'origin_shard_key' })
  originShardKey!: string;

  @Column('uuid', { name: 'origin_identity', comment: 'the identity of the sent event that the row is a version of' })
  originIdentity!: string;
}
