import type { DataSource, EntityManager } from 'typeorm';

/** The first version of PostgreSQL that has `max()` of rows, as `server_version_num`. */
const VERSION_WITH_MAX_OF_ROWS = 180_000;

/**
 * An aggregate: the greatest of some rows, null where there is none. Servers without `max()` of rows sort them for it, which takes
 * longer, and a part of what the general fold takes.
 *
 * @param row an expression such as `ROW(a, b)`.
 * @param serverVersion as `server_version_num`, such as 180004 for 18.4.
 * @param condition which rows are meant. Default all.
 */
export function greatestRow(row: string, serverVersion: number, condition?: string): string {
  const filter = condition === undefined ? '' : ` FILTER (WHERE ${condition})`;
  return serverVersion >= VERSION_WITH_MAX_OF_ROWS ? `max(${row})${filter}` : `(array_agg(${row} ORDER BY ${row} DESC)${filter})[1]`;
}

const versions = new WeakMap<DataSource, number>();

/** The version of the server as `server_version_num`, such as 180004 for 18.4. It is asked once for each data source. */
export async function serverVersionOf(manager: EntityManager): Promise<number> {
  const known = versions.get(manager.dataSource);
  if (known !== undefined) return known;
  const [row]: { version: number }[] = await manager.query(`SELECT current_setting('server_version_num')::integer AS version`);
  versions.set(manager.dataSource, row!.version);
  return row!.version;
}
