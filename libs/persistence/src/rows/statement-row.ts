import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { SubscriptionRow } from './subscription-row.js';

/** What a subscription used and owes in one billing period, as of `as_of`. */
@Entity({ name: 'statement' })
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
  status!: 'open';

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
}
