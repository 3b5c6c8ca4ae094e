import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { CustomerRow } from './customer-row.js';

/** A string by which events name a customer. */
@Entity({ name: 'customer_subject' })
@Index('customer_subject_customer_idx', ['customerId'])
export class CustomerSubjectRow {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'customer_subject_pkey' })
  organizationId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'customer_subject_pkey' })
  subject!: string;

  @Column('uuid', { name: 'customer_id' })
  customerId!: string;

  @ManyToOne(() => CustomerRow)
  @JoinColumn({ name: 'customer_id', foreignKeyConstraintName: 'customer_subject_customer_fkey' })
  customer?: CustomerRow;
}
