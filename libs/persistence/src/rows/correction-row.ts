import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import type {
  CorrectionActor,
  CorrectionFailure,
  CorrectionImpact,
  CorrectionKind,
  CorrectionStatus,
  CorrectionTask,
} from '../correction-types.js';
import { OrganizationRow } from './organization-row.js';

/** A change of kept events, asked for, tried, applied or taken back: with who, when and why. */
@Entity({ name: 'correction' })
@Unique('correction_external_id_key', ['organizationId', 'externalId'])
@Index('correction_organization_idx', ['organizationId', 'id'])
@Index('correction_task_idx', ['id'], { where: 'task IS NOT NULL' })
export class CorrectionRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'correction_pkey' })
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @ManyToOne(() => OrganizationRow)
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'correction_organization_fkey' })
  organization?: OrganizationRow;

  @Column('text', { name: 'external_id', nullable: true })
  externalId!: string | null;

  @Column('text')
  kind!: CorrectionKind;

  @Column('text', { default: 'pending' })
  status!: CorrectionStatus;

  /** What billing-calc is asked to do; null once it is done. */
  @Column('text', { nullable: true, comment: 'what billing-calc is asked to do: dry_run, apply or revert; null once it is done' })
  task!: CorrectionTask | null;

  @Column('jsonb', { name: 'task_by', nullable: true })
  taskBy!: CorrectionActor | null;

  @Column('text')
  reason!: string;

  /** What is asked for; see `CorrectionRequest`. Past retention it holds no events any more. */
  @Column('jsonb')
  request!: Record<string, unknown>;

  /** SHA-256 of the request as it came, by which a repeated one is known. */
  @Column('bytea', { name: 'request_hash' })
  requestHash!: Buffer;

  @Column('jsonb', { name: 'requested_by' })
  requestedBy!: CorrectionActor;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  /** What the last dry run, or else applying it, changed. */
  @Column('jsonb', { nullable: true })
  impact!: CorrectionImpact | null;

  /** Why the last task was refused; null when it was done. */
  @Column('jsonb', { nullable: true })
  failure!: CorrectionFailure | null;

  @Column('integer', { name: 'voided_events', nullable: true })
  voidedEvents!: number | null;

  @Column('integer', { name: 'added_events', nullable: true })
  addedEvents!: number | null;

  /** Bounds of the times of all events that it takes out and puts in; half-open. */
  @Column('timestamptz', { name: 'touched_from', nullable: true })
  touchedFrom!: Date | null;

  @Column('timestamptz', { name: 'touched_to', nullable: true })
  touchedTo!: Date | null;

  @Column('timestamptz', { name: 'dry_run_at', nullable: true })
  dryRunAt!: Date | null;

  /** Of the events that the dry run took out: applying holds that they are the same still. */
  @Column('text', { name: 'dry_run_hash', nullable: true })
  dryRunHash!: string | null;

  @Column('timestamptz', { name: 'applied_at', nullable: true })
  appliedAt!: Date | null;

  @Column('jsonb', { name: 'applied_by', nullable: true })
  appliedBy!: CorrectionActor | null;

  @Column('timestamptz', { name: 'reverted_at', nullable: true })
  revertedAt!: Date | null;

  @Column('jsonb', { name: 'reverted_by', nullable: true })
  revertedBy!: CorrectionActor | null;

  @Column('text', { name: 'revert_reason', nullable: true })
  revertReason!: string | null;
}
