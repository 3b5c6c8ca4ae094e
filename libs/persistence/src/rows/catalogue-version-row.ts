import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Changes with every change of the catalogue in its scope, in the same transaction, so that what is kept in memory is known to be as it is stored. */
@Entity({
  name: 'catalogue_version',
  comment:
    'changes with every change of a customer (its subjects, subscriptions and keys) or of what belongs to the whole organization (settings, meters, plans)',
})
export class CatalogueVersionRow {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'catalogue_version_pkey' })
  organizationId!: string;

  /** A customer, with its subjects and subscriptions; or the organization, with its settings, meters and plans. */
  @PrimaryColumn('uuid', { name: 'scope_id', primaryKeyConstraintName: 'catalogue_version_pkey' })
  scopeId!: string;

  @Column('uuid')
  version!: string;
}
