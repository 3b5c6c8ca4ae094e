import type { BillingTime } from '@tallymark/domain';
import { Column, Entity, Index, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, Unique } from 'typeorm';
import { CustomerRow } from './customer-row.js';
import { OrganizationRow } from './organization-row.js';
import { PlanVersionRow } from './plan-version-row.js';
import type { SubscriptionPhaseRow } from './subscription-phase-row.js';

@Entity({ name: 'subscription' })
@Unique('subscription_external_id_key', ['organizationId', 'externalId'])
@Index('subscription_customer_idx', ['customerId'])
export class SubscriptionRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'subscription_pkey' })
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @ManyToOne(() => OrganizationRow)
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'subscription_organization_fkey' })
  organization?: OrganizationRow;

  @Column('text', { name: 'external_id' })
  externalId!: string;

  @Column('uuid', { name: 'customer_id' })
  customerId!: string;

  @ManyToOne(() => CustomerRow)
  @JoinColumn({ name: 'customer_id', foreignKeyConstraintName: 'subscription_customer_fkey' })
  customer?: CustomerRow;

  /** What it started with; see {@link SubscriptionRow.phases}. */
  @Column('uuid', { name: 'plan_version_id' })
  planVersionId!: string;

  @ManyToOne(() => PlanVersionRow)
  @JoinColumn({ name: 'plan_version_id', foreignKeyConstraintName: 'subscription_plan_version_fkey' })
  planVersion?: PlanVersionRow;

  @Column('text', { name: 'billing_time' })
  billingTime!: BillingTime;

  /** What it started with; see {@link SubscriptionRow.phases}. */
  @Column('text', { name: 'time_zone' })
  timeZone!: string;

  @Column('timestamptz', { name: 'started_at' })
  startedAt!: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  /** What has changed since the start and what is to change, in no particular order. */
  @OneToMany('SubscriptionPhaseRow', 'subscription')
  phases?: SubscriptionPhaseRow[];

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
