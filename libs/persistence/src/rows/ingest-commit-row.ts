import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A commit of the log that is not folded yet. The fold claims it with `FOR UPDATE SKIP LOCKED` and deletes it in the transaction that folds it. */
@Entity({ name: 'ingest_commit', comment: 'commits of the log that are not folded yet; the fold claims and deletes them' })
export class IngestCommitRow {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'ingest_commit_pkey' })
  organizationId!: string;

  @PrimaryColumn('bigint', { name: 'commit_id', primaryKeyConstraintName: 'ingest_commit_pkey' })
  commitId!: string;

  @Column('integer', { name: 'event_count' })
  eventCount!: number;
}
