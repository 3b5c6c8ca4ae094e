import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { PlanVersionRow } from './plan-version-row.js';
import { SubscriptionRow } from './subscription-row.js';

/** What changes in a subscription at an instant; what is null stays as it was before. The first phase is the subscription's own row. */
@Entity({ name: 'subscription_phase' })
@Check('subscription_phase_change_check', 'plan_version_id IS NOT NULL OR time_zone IS NOT NULL')
@Index('subscription_phase_plan_version_idx', ['planVersionId'])
export class SubscriptionPhaseRow {
  @PrimaryColumn('uuid', { name: 'subscription_id', primaryKeyConstraintName: 'subscription_phase_pkey' })
  subscriptionId!: string;

  @ManyToOne(() => SubscriptionRow, (subscription) => subscription.phases)
  @JoinColumn({ name: 'subscription_id', foreignKeyConstraintName: 'subscription_phase_subscription_fkey' })
  subscription?: SubscriptionRow;

  @PrimaryColumn('timestamptz', { name: 'starts_at', primaryKeyConstraintName: 'subscription_phase_pkey' })
  startsAt!: Date;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @Column('uuid', { name: 'plan_version_id', nullable: true, comment: 'in force from starts_at on; null: as before' })
  planVersionId!: string | null;

  @ManyToOne(() => PlanVersionRow)
  @JoinColumn({ name: 'plan_version_id', foreignKeyConstraintName: 'subscription_phase_plan_version_fkey' })
  planVersion?: PlanVersionRow | null;

  @Column('text', { name: 'time_zone', nullable: true, comment: 'in which periods begin from starts_at on; null: as before' })
  timeZone!: string | null;

  /** The credential that asked for it. */
  @Column('text', { name: 'requested_by' })
  requestedBy!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
