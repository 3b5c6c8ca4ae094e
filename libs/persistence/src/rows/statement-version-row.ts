import type { StatementStatus } from '@tallymark/domain';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What a statement said while it was open, at the end of a UTC day on which it changed. */
@Entity({
  name: 'statement_version',
  comment: 'what statements said while they were open, at the end of each UTC day on which they changed',
})
@Index('statement_version_as_of_idx', ['asOf'])
export class StatementVersionRow {
  @PrimaryColumn('uuid', { name: 'subscription_id', primaryKeyConstraintName: 'statement_version_pkey' })
  subscriptionId!: string;

  @PrimaryColumn('timestamptz', { name: 'period_from', primaryKeyConstraintName: 'statement_version_pkey' })
  periodFrom!: Date;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'statement_version_pkey' })
  revision!: number;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @Column('timestamptz', { name: 'period_to' })
  periodTo!: Date;

  @Column('uuid', { name: 'plan_version_id' })
  planVersionId!: string;

  @Column('text')
  status!: StatementStatus;

  @Column('numeric')
  total!: string;

  /** `StatementAmounts` of the domain, with decimals as strings. */
  @Column('jsonb')
  amounts!: unknown;

  @Column('timestamptz', { name: 'as_of' })
  asOf!: Date;
}
