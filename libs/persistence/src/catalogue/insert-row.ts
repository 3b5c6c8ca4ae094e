import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';

/** What became of a create: a row that is new, or the one that had its key already. */
export interface Created<T> {
  readonly row: T;
  readonly isNew: boolean;
}

/** Inserts a row unless its key is taken. @returns whether it was inserted. A taken key is no error, so the transaction goes on. */
export async function insertRow<T extends ObjectLiteral>(
  manager: EntityManager,
  target: EntityTarget<T>,
  values: QueryDeepPartialEntity<T>,
): Promise<boolean> {
  const result = await manager
    .createQueryBuilder()
    .insert()
    .into(target)
    .values(values)
    .orIgnore()
    .updateEntity(false)
    .returning('*')
    .execute();
  return (result.raw as unknown[]).length > 0;
}
