import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** Settings of an organization. */
export interface OrganizationSettings {
  /** How the Crossmint contract shapes `usage`: `auto` gives an object for one month and an array for several. */
  readonly crossmint_usage_shape?: 'auto' | 'object' | 'array';
  /** Hours from a billing period's end for which late events still change its statement; then it closes. Default 72. */
  readonly statement_grace_hours?: number;
}

@Entity({ name: 'organization' })
@Unique('organization_external_id_key', ['externalId'])
export class OrganizationRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'organization_pkey' })
  id!: string;

  @Column('text', { name: 'external_id' })
  externalId!: string;

  @Column('text')
  name!: string;

  @Column('jsonb', { default: {} })
  settings!: OrganizationSettings;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
