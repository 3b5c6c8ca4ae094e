import type { StatementStatus } from '@tallymark/domain';
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import type { StatementBasis } from '../statement-basis.js';
import { SubscriptionRow } from './subscription-row.js';

/** What a subscription used and owes in one billing period, or the part of it that one plan version covers, as of `as_of`. A trigger refuses every change of a closed one. */
@Entity({ name: 'statement' })
@Unique('statement_id_key', ['id'])
@Index('statement_due_idx', ['periodTo'], { where: `status <> 'closed'` })
@Index('statement_closed_idx', ['subscriptionId', 'periodTo'], { where: `status = 'closed'` })
@Index('statement_customer_idx', ['customerId', 'periodFrom'])
export class StatementRow {
  @PrimaryColumn('uuid', { name: 'subscription_id', primaryKeyConstraintName: 'statement_pkey' })
  subscriptionId!: string;

  @ManyToOne(() => SubscriptionRow)
  @JoinColumn({ name: 'subscription_id', foreignKeyConstraintName: 'statement_subscription_fkey' })
  subscription?: SubscriptionRow;

  @PrimaryColumn('timestamptz', { name: 'period_from', primaryKeyConstraintName: 'statement_pkey' })
  periodFrom!: Date;

  @Column('timestamptz', { name: 'period_to' })
  periodTo!: Date;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @Column('uuid', { name: 'customer_id' })
  customerId!: string;

  @Column('uuid', { name: 'plan_version_id' })
  planVersionId!: string;

  @Column('text')
  status!: StatementStatus;

  @Column('text')
  currency!: string;

  @Column('numeric')
  total!: string;

  /** `StatementAmounts` of the domain, with decimals as strings. */
  @Column('jsonb')
  amounts!: unknown;

  /** Metric → usage expected by the period's end, in priced units as a decimal string. */
  @Column('jsonb')
  projections!: Record<string, string>;

  @Column('timestamptz', { name: 'as_of' })
  asOf!: Date;

  @Column('integer')
  revision!: number;

  @Column('uuid')
  id!: string;

  /** The whole billing period, uncut by the subscription's start and end and by changes of its plan. */
  @Column('timestamptz', { name: 'billing_period_from' })
  billingPeriodFrom!: Date;

  @Column('timestamptz', { name: 'billing_period_to' })
  billingPeriodTo!: Date;

  @Column('timestamptz', { name: 'closed_at', nullable: true })
  closedAt!: Date | null;

  /** Of a closed statement. Null for one whose events were no longer kept when it closed: it then stands as it was stored. */
  @Column('jsonb', {
    nullable: true,
    comment: 'of a closed statement: all that it was made from, the events apart; null when its events were no longer kept',
  })
  basis!: StatementBasis | null;
}
