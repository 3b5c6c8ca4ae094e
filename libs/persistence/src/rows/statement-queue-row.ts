import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** That usage of a subscription changed between two instants, so that the statements of those periods want refreshing. */
@Entity({ name: 'statement_queue' })
@Index('statement_queue_subscription_idx', ['subscriptionId'])
export class StatementQueueRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS', primaryKeyConstraintName: 'statement_queue_pkey' })
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  @Column('uuid', { name: 'subscription_id' })
  subscriptionId!: string;

  @Column('timestamptz', { name: 'touched_from' })
  touchedFrom!: Date;

  @Column('timestamptz', { name: 'touched_to' })
  touchedTo!: Date;
}
