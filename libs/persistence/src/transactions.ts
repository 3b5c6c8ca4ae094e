import { type Decimal, ZERO, decimal } from '@tallymark/domain';
import type { EntityManager } from 'typeorm';
import { shardKey } from './event-identity.js';
import { requestedEvents } from './fold-sql.js';
import type { UsageRequest } from './usage-reader.js';
import { type UsageSource, effectiveIn } from './usage-source.js';

/** One question: which events of this meter did these subjects send in this window? */
export type TransactionRequest = Pick<UsageRequest, 'organizationId' | 'meter' | 'subjects' | 'window' | 'groupBy' | 'filters'>;

/** One event of a meter, by itself. */
export interface Transaction {
  readonly occurredAt: Date;
  /** What the event adds, in meter units: 1 where the meter counts events, 0 where the event bears no value. */
  readonly value: Decimal;
  /** What the event bears itself, in major currency units; null where the meter reads no amount. */
  readonly amount: Decimal | null;
  /** Values of the dimensions in `groupBy`, of all of the meter's where that is absent; null where the event lacks one. */
  readonly dimensions: Readonly<Record<string, string | null>>;
}

interface TransactionRecord {
  readonly request: number;
  readonly occurred_at: Date;
  readonly value: string | null;
  readonly amount: string | null;
  readonly dimensions: Record<string, string | null>;
}

const READ = (effective: string): string => `
  WITH request AS (
    SELECT *, 'events' AS kind
    FROM unnest($1::integer[], $2::bigint[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::jsonb[])
      AS r (no, shard_key, meter_id, subject, "from", "to", filters)
  ), found AS (
    SELECT r.no, r.filters, e.occurred_at, e.identity,
      CASE WHEN m.aggregation = 'count' THEN 1 ELSE event_value(e.data #> json_path(m.value_property)) END AS value,
      CASE WHEN m.amount_property IS NOT NULL THEN coalesce(event_value(e.data #> json_path(m.amount_property)), 0) END AS amount,
      CASE WHEN m.group_by = '{}' THEN '{}'::jsonb ELSE event_dimensions(e.data, m.group_by) END AS dimensions
    FROM ${requestedEvents(effective)}
  )
  SELECT no AS request, occurred_at, value, amount, dimensions FROM found
  WHERE filters = '{}' OR NOT EXISTS (SELECT FROM jsonb_each(filters) AS f WHERE NOT f.value @> coalesce(dimensions -> f.key, 'null'))
  ORDER BY no, occurred_at, identity`;

/**
 * The events that each request's window holds, one by one, for prices that look at single transactions. Always from the log, exact at any bound;
 * commits that are not folded yet are left out.
 *
 * @returns for each request its transactions in order of time, those of one instant in an order that does not depend on arrival.
 */
export async function readTransactions(
  manager: EntityManager,
  requests: readonly TransactionRequest[],
  source: UsageSource = 'buckets',
): Promise<Transaction[][]> {
  const transactions = requests.map((): Transaction[] => []);
  const scans = requests.flatMap((request, no) => request.subjects.map((subject) => ({ no, request, subject })));
  if (scans.length === 0) return transactions;
  const records: TransactionRecord[] = await manager.query(READ(effectiveIn(source)), [
    scans.map(({ no }) => no),
    scans.map(({ request, subject }) => shardKey(request.organizationId, subject)),
    scans.map(({ request }) => request.meter.id),
    scans.map(({ subject }) => subject),
    scans.map(({ request }) => request.window.from),
    scans.map(({ request }) => request.window.to),
    scans.map(({ request }) => JSON.stringify(request.filters ?? {})),
  ]);
  for (const { request, occurred_at: occurredAt, value, amount, dimensions } of records) {
    transactions[request]!.push({
      occurredAt,
      value: value === null ? ZERO : decimal(value),
      amount: amount === null ? null : decimal(amount),
      dimensions: cutTo(requests[request]!.groupBy, dimensions),
    });
  }
  return transactions;
}

function cutTo(groupBy: readonly string[] | undefined, dimensions: Transaction['dimensions']): Transaction['dimensions'] {
  return groupBy === undefined ? dimensions : Object.fromEntries(groupBy.map((name) => [name, dimensions[name] ?? null]));
}
