import type { CustomerType } from '@tallymark/domain';
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { OrganizationRow } from './organization-row.js';

@Entity({ name: 'customer' })
@Unique('customer_external_id_key', ['organizationId', 'externalId'])
export class CustomerRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'customer_pkey' })
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @ManyToOne(() => OrganizationRow)
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'customer_organization_fkey' })
  organization?: OrganizationRow;

  @Column('text', { name: 'external_id' })
  externalId!: string;

  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  type!: CustomerType | null;

  @Column('text', { nullable: true })
  country!: string | null;

  @Column('text', { nullable: true })
  currency!: string | null;

  @Column('text', { name: 'time_zone', default: 'UTC' })
  timeZone!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
