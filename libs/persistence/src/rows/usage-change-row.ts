import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A subject of which a transaction that is under way changed old usage. As it commits the subject gets a new version, and the row is gone. */
@Entity({
  name: 'usage_change',
  comment: 'subjects of which a transaction that is under way changed old usage; they get a new version as it commits',
})
export class UsageChangeRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS', primaryKeyConstraintName: 'usage_change_pkey' })
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @Column('bigint', { name: 'shard_key' })
  shardKey!: string;
}
