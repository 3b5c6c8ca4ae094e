import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A commit that was received before a cut-off and counted after it, since it was on its way. */
@Entity({
  name: 'late_commit',
  comment: 'commits received before a cut-off and counted after it: statements closed as of counted_after or earlier do not hold them',
})
export class LateCommitRow {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'late_commit_pkey' })
  organizationId!: string;

  @PrimaryColumn('bigint', { name: 'commit_id', primaryKeyConstraintName: 'late_commit_pkey' })
  commitId!: string;

  @Column('timestamptz', { name: 'counted_after' })
  countedAfter!: Date;
}
