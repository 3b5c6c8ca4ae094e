import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Changes with every change of what a subject used more than a day before, in the same transaction, so that what is kept in memory of it is known to stand. */
@Entity({ name: 'usage_version', comment: 'changes with every change of what a subject used more than a day before' })
export class UsageVersionRow {
  /** The subject's, as in the tables of usage. */
  @PrimaryColumn('bigint', { name: 'shard_key', primaryKeyConstraintName: 'usage_version_pkey' })
  shardKey!: string;

  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'usage_version_pkey' })
  organizationId!: string;

  @Column('uuid')
  version!: string;
}
