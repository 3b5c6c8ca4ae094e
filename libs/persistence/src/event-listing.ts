import type { ErrorDetail, EventVerdict } from '@tallymark/domain';
import type { EntityManager } from 'typeorm';
import { commitReceivedAt, firstCommitId } from './event-identity.js';
import { TAKES } from './fold-sql.js';

/** What to list; absent filters let everything pass. */
export interface EventFilter {
  readonly id?: string | undefined;
  readonly source?: string | undefined;
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
  readonly verdict?: EventVerdict | undefined;
  /** Bounds of the receipt, half-open. */
  readonly receivedFrom?: Date | undefined;
  readonly receivedTo?: Date | undefined;
}

/** Where a page ended. */
export interface EventPosition {
  readonly commitId: string;
  readonly ordinal: string;
}

/** An event that came in, and what became of it. */
export interface ListedEvent {
  readonly position: EventPosition;
  readonly receivedAt: Date;
  readonly verdict: EventVerdict;
  readonly id: string | null;
  readonly source: string | null;
  readonly type: string | null;
  readonly subject: string | null;
  /** Null where the event bore none, or was not stored. */
  readonly time: Date | null;
  readonly data: unknown;
  /** External id of the customer whose subject it names; null when there is none. */
  readonly customer: string | null;
  /** Codes of the meters that take it. */
  readonly meters: readonly string[];
  /** Codes among them to which it brings no usable value. */
  readonly metersWithoutValue: readonly string[];
  /** Whether it is in the usage yet. */
  readonly folded: boolean;
  readonly times: number;
  readonly code: string | null;
  readonly message: string | null;
  readonly errors: readonly ErrorDetail[];
  /** The correction that took it out of all usage. */
  readonly voidedBy: string | null;
  /** The correction that added it; null for one that was sent. */
  readonly addedBy: string | null;
}

/** A commit and an ordinal within it order events newest first; the conditions of both halves of the list. */
const SINCE = '($6::bigint IS NULL OR x.commit_id >= $6) AND ($7::bigint IS NULL OR x.commit_id < $7)';
const NAMED =
  '($1::text IS NULL OR x.event_id = $1) AND ($2::text IS NULL OR x.source = $2) AND ($3::text IS NULL OR x.type = $3) AND ($4::text IS NULL OR x.subject = $4)';
const BEFORE = (ordinal: string): string => `($8::bigint IS NULL OR x.commit_id < $8 OR (x.commit_id = $8 AND ${ordinal} < $9))`;

const LIST = `
  WITH kept AS (
    SELECT x.commit_id, 'e' || x.identity AS ordinal, x.organization_id, 'stored' AS verdict, x.event_id, x.source, x.type, x.subject, x.time_given, x.occurred_at, x.data, x.voided_by, x.correction_id
    FROM event x WHERE x.organization_id = current_organization() AND ${NAMED} AND ($5::text IS NULL OR $5 = 'stored') AND ${SINCE} AND ${BEFORE(`'e' || x.identity`)}
    ORDER BY x.commit_id DESC, ordinal DESC LIMIT $10
  ), refused AS (
    SELECT x.commit_id, 'r' || lpad(x.position::text, 10, '0') || x.shard_key AS ordinal, x.verdict, x.event_id, x.source, x.type, x.subject, x.times, x.code, x.message, x.details
    FROM event_refusal x WHERE x.organization_id = current_organization() AND ${NAMED} AND ($5::text IS NULL OR $5 = x.verdict) AND ${SINCE}
      AND ${BEFORE(`'r' || lpad(x.position::text, 10, '0') || x.shard_key`)}
    ORDER BY x.commit_id DESC, ordinal DESC LIMIT $10
  )
  SELECT x.commit_id, x.ordinal, x.verdict, x.event_id, x.source, x.type, x.subject, CASE WHEN x.time_given THEN x.occurred_at END AS "time", x.data, x.voided_by, x.correction_id, 1 AS times,
    NULL AS code, NULL AS message, '[]'::jsonb AS details,
    NOT EXISTS (SELECT FROM ingest_commit p WHERE p.organization_id = x.organization_id AND p.commit_id = x.commit_id) AS folded,
    taken.meters, taken.without_value, c.external_id AS customer
  FROM kept x
  LEFT JOIN customer_subject s ON s.organization_id = x.organization_id AND s.subject = x.subject LEFT JOIN customer c ON c.id = s.customer_id
  CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(m.code ORDER BY m.code), '{}') AS meters,
      coalesce(array_agg(m.code ORDER BY m.code) FILTER (
        WHERE m.value_property IS NOT NULL AND CASE WHEN m.aggregation = 'unique_count' THEN (e.data #>> json_path(m.value_property)) IS NULL ELSE event_value(e.data #> json_path(m.value_property)) IS NULL END
      ), '{}') AS without_value
    FROM (SELECT x.organization_id, x.type, x.data, x.voided_by) AS e JOIN meter m ON ${TAKES}
  ) AS taken
  UNION ALL
  SELECT x.commit_id, x.ordinal, x.verdict, x.event_id, x.source, x.type, x.subject, NULL, NULL, NULL, NULL, x.times, x.code, x.message, x.details, false, '{}', '{}', NULL
  FROM refused x
  ORDER BY commit_id DESC, ordinal DESC LIMIT $10`;

interface ListRecord {
  readonly commit_id: string;
  readonly ordinal: string;
  readonly verdict: EventVerdict;
  readonly event_id: string | null;
  readonly source: string | null;
  readonly type: string | null;
  readonly subject: string | null;
  readonly time: Date | null;
  readonly data: unknown;
  readonly voided_by: string | null;
  readonly correction_id: string | null;
  readonly times: number;
  readonly code: string | null;
  readonly message: string | null;
  readonly details: ErrorDetail[];
  readonly folded: boolean;
  readonly meters: string[];
  readonly without_value: string[];
  readonly customer: string | null;
}

/** What came in for the organization of the transaction, newest first: kept or not, with what became of it and who took it. */
export async function listEvents(
  manager: EntityManager,
  filter: EventFilter,
  page: { readonly after: EventPosition | null; readonly limit: number },
): Promise<ListedEvent[]> {
  const records: ListRecord[] = await manager.query(LIST, [
    filter.id ?? null,
    filter.source ?? null,
    filter.type ?? null,
    filter.subject ?? null,
    filter.verdict ?? null,
    firstCommitOrNull(filter.receivedFrom),
    firstCommitOrNull(filter.receivedTo),
    page.after?.commitId ?? null,
    page.after?.ordinal ?? null,
    page.limit,
  ]);
  return records.map((record) => ({
    position: { commitId: record.commit_id, ordinal: record.ordinal },
    receivedAt: commitReceivedAt(record.commit_id),
    verdict: record.verdict,
    id: record.event_id,
    source: record.source,
    type: record.type,
    subject: record.subject,
    time: record.time,
    data: record.data,
    customer: record.customer,
    meters: record.meters,
    metersWithoutValue: record.without_value,
    folded: record.folded,
    times: record.times,
    code: record.code,
    message: record.message,
    errors: record.details,
    voidedBy: record.voided_by,
    addedBy: record.correction_id,
  }));
}

function firstCommitOrNull(instant: Date | undefined): string | null {
  return instant === undefined ? null : firstCommitId(instant);
}
