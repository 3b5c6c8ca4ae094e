import { z } from 'zod';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 50;

/** A whole number in a query: plain digits, where `z.coerce` would also read `0x10`, `1e1` and spaces. Documented as an integer. */
export function queryInteger(bounds: { min: number; max: number }): z.ZodType<number> {
  return z.preprocess(
    (text) => (typeof text === 'string' && /^-?\d{1,15}$/.test(text) ? Number(text) : text),
    z.int().min(bounds.min).max(bounds.max),
  );
}

/** Query parameters of every list: `z.object({ ...paginationQuery.shape, … })`. */
export const paginationQuery = z.object({
  limit: queryInteger({ min: 1, max: MAX_LIMIT })
    .default(DEFAULT_LIMIT)
    .meta({ description: `Most entries of a page, 1 to ${MAX_LIMIT}; ${DEFAULT_LIMIT} when absent` }),
  cursor: z.string().min(1).max(2_000).optional().meta({ description: 'next_cursor of the page before; absent for the first page' }),
});
/** See {@link paginationQuery}. */
export type Pagination = z.infer<typeof paginationQuery>;

/** A page as it is sent. */
export interface Page<T> {
  readonly data: readonly T[];
  /** null on the last page. */
  readonly next_cursor: string | null;
}

/** Makes a page of up to `limit` rows, when the caller asked the database for one row more than that. */
export function pageOf<Row, T>(rows: readonly Row[], limit: number, convert: (row: Row) => T, cursorAfter: (last: Row) => string): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { data: shown.map((row) => convert(row)), next_cursor: rows.length > limit && last !== undefined ? cursorAfter(last) : null };
}
