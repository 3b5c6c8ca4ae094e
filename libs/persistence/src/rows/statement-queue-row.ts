import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** That usage of a subscription changed between two instants, so that the statements of those periods want refreshing. */
@Entity({ name: 'statement_queue' })
export class StatementQueueRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS', primaryKeyConstraintName: 'statement_queue_pkey' })
  id!: string;

  @Column('uuid', { name: 'subscription_id' })
  subscriptionId!: string;

  @Column('timestamptz', { name: 'touched_from' })
  touchedFrom!: Date;

  @Column('timestamptz', { name: 'touched_to' })
  touchedTo!: Date;
}
