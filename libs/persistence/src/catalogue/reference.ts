const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether text has the form of a UUID. PostgreSQL refuses anything else where a uuid is compared. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * What a caller may name a row by: its id, or the key it gave the row itself (an external id, a code).
 *
 * @returns the alternatives of a TypeORM `where`.
 */
export function whereReference<K extends string>(reference: string, key: K): ({ id: string } | Record<K, string>)[] {
  const byKey = { [key]: reference } as Record<K, string>;
  return isUuid(reference) ? [{ id: reference }, byKey] : [byKey];
}

/** An external id may look like another row's id; the row whose id it is comes first. */
export function preferId<T extends { readonly id: string }>(rows: readonly T[], reference: string): T | null {
  return rows.find((row) => row.id === reference.toLowerCase()) ?? rows[0] ?? null;
}
