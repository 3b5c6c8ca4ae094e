import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A commit that was folded while a meter was being back-filled; the back-fill folds it for the meter at its end. */
@Entity({
  name: 'meter_catch_up',
  comment: 'commits that were folded while a meter was being back-filled; the back-fill folds them at its end',
})
export class MeterCatchUpRow {
  @PrimaryColumn('uuid', { name: 'meter_id', primaryKeyConstraintName: 'meter_catch_up_pkey' })
  meterId!: string;

  @PrimaryColumn('bigint', { name: 'commit_id', primaryKeyConstraintName: 'meter_catch_up_pkey' })
  commitId!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;
}
