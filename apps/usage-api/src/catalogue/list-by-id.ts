import type { PageRequest } from '@tallymark/persistence';
import { type CursorContext, type Page, type Pagination, decodeCursor, encodeCursor, pageOf } from '@tallymark/service-kit';
import { z } from 'zod';

const position = z.uuid();

/** One page of a list that is ordered by id, oldest first. @throws DomainError `invalid_request` for a cursor of another list. */
export async function listById<Row extends { readonly id: string }, T>(list: {
  readonly secret: string;
  readonly context: CursorContext;
  readonly pagination: Pagination;
  readonly load: (page: PageRequest) => Promise<Row[]>;
  readonly convert: (row: Row) => T;
}): Promise<Page<T>> {
  const { secret, context, pagination } = list;
  const afterId = pagination.cursor === undefined ? null : decodeCursor(secret, context, pagination.cursor, position);
  const rows = await list.load({ afterId, limit: pagination.limit + 1 });
  return pageOf(rows, pagination.limit, list.convert, (last) => encodeCursor(secret, context, last.id));
}
