import type { Aggregation, MeterFilter, MeterRounding, TimeUnit } from '@tallymark/domain';
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { OrganizationRow } from './organization-row.js';

@Entity({ name: 'meter' })
@Index('meter_code_key', ['organizationId', 'code'], { unique: true, where: 'deleted_at IS NULL' })
export class MeterRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'meter_pkey' })
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @ManyToOne(() => OrganizationRow)
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'meter_organization_fkey' })
  organization?: OrganizationRow;

  @Column('text')
  code!: string;

  @Column('text')
  name!: string;

  @Column('text')
  unit!: string;

  @Column('text', { name: 'event_type' })
  eventType!: string;

  @Column('text')
  aggregation!: Aggregation;

  @Column('text', { name: 'value_property', nullable: true })
  valueProperty!: string | null;

  @Column('jsonb', { default: [] })
  filters!: MeterFilter[];

  @Column('jsonb', { name: 'group_by', default: {} })
  groupBy!: Record<string, string>;

  @Column('boolean', { default: false })
  recurring!: boolean;

  @Column('text', { name: 'operation_property', nullable: true })
  operationProperty!: string | null;

  @Column('text', { name: 'amount_property', nullable: true })
  amountProperty!: string | null;

  @Column('text', { name: 'time_unit', nullable: true })
  timeUnit!: TimeUnit | null;

  @Column('jsonb', { nullable: true })
  rounding!: MeterRounding | null;

  /** The meter of the same code that this one took the place of, when its definition changed. */
  @Column('uuid', { name: 'replaces_id', nullable: true })
  replacesId!: string | null;

  /** True once the log from before the meter existed is folded too; until then its usage is not complete. */
  @Column('boolean', {
    default: false,
    comment: 'true once the log before the meter existed is folded too; until then its usage is not complete',
  })
  folded!: boolean;

  @Column('boolean', {
    default: false,
    comment: 'true while the kept log is being folded for the meter: folds note their commits in meter_catch_up',
  })
  backfilling!: boolean;

  @Column('integer', {
    name: 'fold_attempt',
    default: 0,
    comment: 'goes up when what was folded so far no longer holds, and the back-fill starts over',
  })
  foldAttempt!: number;

  /** The share of the kept log that is folded, 0 to 1. */
  @Column('double precision', { name: 'fold_progress', default: 0 })
  foldProgress!: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
