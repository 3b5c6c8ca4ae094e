import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The lease and the last run of a timed job. */
@Entity({ name: 'job_run' })
export class JobRunRow {
  @PrimaryColumn('text', { name: 'job_id', primaryKeyConstraintName: 'job_run_pkey' })
  jobId!: string;

  @Column('text', { name: 'leased_by', nullable: true })
  leasedBy!: string | null;

  @Column('timestamptz', { name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;

  @Column('text', { nullable: true })
  error!: string | null;
}
