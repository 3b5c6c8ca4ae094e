import { Column, Entity, PrimaryColumn } from 'typeorm';

/** That an event is kept, and under which time: the one place where an identity is unique over all months. */
@Entity({ name: 'event_identity' })
export class EventIdentityRow {
  @PrimaryColumn('bigint', { name: 'shard_key', primaryKeyConstraintName: 'event_identity_pkey' })
  shardKey!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'event_identity_pkey' })
  identity!: string;

  @Column('timestamptz', { name: 'occurred_at' })
  occurredAt!: Date;

  /** See `fingerprintsOf`. */
  @Column('bigint', { nullable: true, comment: 'hash of the content of the event as it was sent; null where none was kept' })
  fingerprint!: string | null;
}
