import type { NamedQuery, PassInput } from './fold-pass.js';
import { BUCKET_START, VALUE_HASH } from './fold-sql.js';
import { greatestRow } from './greatest-row.js';
import { Columns, SUBJECT_KEYS, byShape, dimensionsOf, lookUp, passesIn } from './pass-columns.js';
import type { SqlParameters } from './sql-parameters.js';

/** The distinct values. Hashes are computed once per value, not per event. */
export function valuesQuery(
  { name, meters, condition, serverVersion }: PassInput,
  organization: string,
  parameters: SqlParameters,
): NamedQuery {
  const parts = byShape(meters, (meter) => [meter.value_property, meter.operation_property]).map((alike) => {
    const { value_property: value, operation_property: operation, filters } = alike[0]!;
    const properties = new Columns('p');
    const dimensions = dimensionsOf(alike[0]!, properties, parameters);
    const keys = [SUBJECT_KEYS, ...properties.list().map(([, column]) => column), 'value_text'].join(', ');
    const passes = passesIn(filters, properties, parameters);
    const found = [
      `e.shard_key, e.subject, ${BUCKET_START} AS bucket_start`,
      ...properties.list().map(([path, column]) => `${lookUp(path, 'text', parameters)} AS ${column}`),
      `${value === null ? 'NULL::text' : lookUp(value, 'text', parameters)} AS value_text`,
      ...(operation === null
        ? []
        : [`e.occurred_at, e.identity, coalesce(${lookUp(operation, 'text', parameters)} = 'remove', false) AS removed`]),
    ];
    const last = operation === null ? '' : `, to_jsonb(${greatestRow('ROW(occurred_at, identity, removed)', serverVersion)}) AS last`;
    const lastOf = (field: string, type: string): string => (operation === null ? `NULL::${type}` : `(last ->> '${field}')::${type}`);
    return `
      SELECT shard_key, m.meter_id, subject, bucket_start, ${dimensions.bounded} AS dimensions, value_hash, ${organization} AS organization_id, event_count,
        ${lastOf('f3', 'boolean')} AS last_removed, ${lastOf('f1', 'timestamptz')} AS last_at, ${lastOf('f2', 'uuid')} AS last_identity
      FROM (
        SELECT ${SUBJECT_KEYS}, ${dimensions.whole} AS whole, ${VALUE_HASH} AS value_hash, count(*) AS event_count${last}
        FROM (SELECT ${found.join(', ')} FROM event e WHERE ${condition} OFFSET 0) AS found
        WHERE value_text IS NOT NULL${passes === '' ? '' : ` AND ${passes}`}
        GROUP BY ${keys}
        OFFSET 0
      ) AS v
      CROSS JOIN unnest(${parameters.add(
        alike.map(({ id }) => id),
        'uuid[]',
      )}) AS m (meter_id)`;
  });
  return { name: `${name}_values`, query: parts.join(' UNION ALL ') };
}
