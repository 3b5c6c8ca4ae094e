import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a closed statement would say now, where that is or was something else: what differs is owed as adjustments. */
@Entity({ name: 'statement_recount', comment: 'what a closed statement would say now, where that is or was something else' })
export class StatementRecountRow {
  @PrimaryColumn('uuid', { name: 'subscription_id', primaryKeyConstraintName: 'statement_recount_pkey' })
  subscriptionId!: string;

  @PrimaryColumn('timestamptz', { name: 'period_from', primaryKeyConstraintName: 'statement_recount_pkey' })
  periodFrom!: Date;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  /** `StatementAmounts` of the domain without adjustments, with decimals as strings. */
  @Column('jsonb')
  amounts!: unknown;

  @Column('timestamptz', { name: 'as_of' })
  asOf!: Date;
}
