import type { BillingInterval, Charge } from '@tallymark/domain';
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { PlanRow } from './plan-row.js';
import { STORED_CHARGES } from './stored-charges.js';

/** A plan as it was sold at one time. A trigger refuses every change. */
@Entity({ name: 'plan_version' })
@Unique('plan_version_number_key', ['planId', 'version'])
export class PlanVersionRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'plan_version_pkey' })
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @Column('uuid', { name: 'plan_id' })
  planId!: string;

  @ManyToOne(() => PlanRow)
  @JoinColumn({ name: 'plan_id', foreignKeyConstraintName: 'plan_version_plan_fkey' })
  plan?: PlanRow;

  @Column('integer')
  version!: number;

  @Column('text')
  currency!: string;

  @Column('text')
  interval!: BillingInterval;

  @Column('numeric', { name: 'base_amount' })
  baseAmount!: string;

  @Column('numeric', { name: 'minimum_commitment', nullable: true })
  minimumCommitment!: string | null;

  @Column('integer', { name: 'trial_days', default: 0 })
  trialDays!: number;

  @Column('jsonb', { transformer: STORED_CHARGES })
  charges!: Charge[];

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
