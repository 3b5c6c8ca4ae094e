import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Up to when events count in what an organization closed last. It only grows. */
@Entity({ name: 'close_cutoff', comment: 'the latest instant as of which statements of the organization were closed' })
export class CloseCutoffRow {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'close_cutoff_pkey' })
  organizationId!: string;

  @Column('timestamptz', { name: 'as_of' })
  asOf!: Date;
}
