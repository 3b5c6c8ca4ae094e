/**
 * The name of a statement that is put together from parts: PostgreSQL cuts names after 63 bytes, so each part goes by its first four letters. They must
 * tell the parts of one kind of statement apart.
 *
 * @param parts by their names, those that are in the statement true
 */
export function statementName(kind: string, parts: object): string {
  return [kind, ...Object.entries(parts).flatMap(([part, isIn]) => (isIn === true ? [part.slice(0, 4)] : []))].join('_');
}
