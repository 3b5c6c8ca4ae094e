import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { OrganizationRow } from './organization-row.js';

@Entity({ name: 'plan' })
@Unique('plan_code_key', ['organizationId', 'code'])
export class PlanRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'plan_pkey' })
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @ManyToOne(() => OrganizationRow)
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'plan_organization_fkey' })
  organization?: OrganizationRow;

  @Column('text')
  code!: string;

  @Column('text')
  name!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
