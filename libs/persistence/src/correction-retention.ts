import type { DataSource } from 'typeorm';

/**
 * Forgets which events corrections took out and put in before a day, and what was given for them. That there was a correction, by whom, when and
 * why stays on the record.
 *
 * @param before first day of the kept months, `YYYY-MM-DD`
 */
export async function forgetOldCorrections(dataSource: DataSource, before: string): Promise<void> {
  await dataSource.query(`DELETE FROM correction_event WHERE occurred_at < ($1::date)::timestamp AT TIME ZONE 'UTC'`, [before]);
  await dataSource.query(
    `UPDATE correction SET request = request || CASE kind WHEN 'backfill' THEN '{"events": []}' WHEN 'amend' THEN '{"replacement": {}}' ELSE '{}' END::jsonb
     WHERE coalesce(touched_to, created_at) <= ($1::date)::timestamp AT TIME ZONE 'UTC'
       AND (request -> 'events' <> '[]' OR request -> 'replacement' <> '{}')`,
    [before],
  );
}
