import { EPOCH_2000_MS, RowWriter } from './copy-binary.js';
import type { RejectionRecord, RowRefusal } from './event-refusals.js';
import { EVENT_ROW, type EventRows } from './event-rows.js';
import type { Copy } from './one-message-copy.js';

/** What a commit refuses. */
export interface RefusedOfCommit {
  /** A signed decimal string. */
  readonly commitId: string;
  readonly receivedAt: Date;
  readonly rejected: readonly RejectionRecord[];
  readonly ofRows: readonly RowRefusal[];
}

/** What stands in the row of an event side by side is side by side here. */
const COLUMNS =
  'received_at, commit_id, position, times, verdict, code, message, details, shard_key, organization_id, subject, type, source, event_id';
const FIELDS = 14;
const LENGTH_BYTES = 4;
const SHARD_BYTES = 8;
const UUID_BYTES = 16;
const NO_DETAILS = '[]';
/** What a row takes, about. */
const USUAL_BYTES = 256;
const REJECTION_BYTES = 1_024;

/** Refusals as rows of the month of their receipt. The role may insert there and read nothing. */
export function renderRefusals(rows: EventRows, { commitId, receivedAt, rejected, ofRows }: RefusedOfCommit): Copy {
  const writer = new RowWriter(USUAL_BYTES * ofRows.length + REJECTION_BYTES * rejected.length);
  const received = BigInt(receivedAt.getTime() - EPOCH_2000_MS) * 1_000n;
  const commit = BigInt(commitId);
  const begin = ({ position, times, verdict }: RowRefusal | RejectionRecord): void => {
    writer.begin(FIELDS);
    writer.int64(received);
    writer.int64(commit);
    writer.int32(position);
    writer.int32(times);
    writer.text(verdict);
  };
  for (const record of rejected) {
    begin(record);
    addRejection(writer, record);
  }
  for (const refusal of ofRows) {
    begin(refusal);
    writer.text(null);
    writer.text(refusal.message);
    writer.jsonb(NO_DETAILS);
    addNames(writer, rows, refusal.row);
  }
  const [year, month] = receivedAt.toISOString().split('-') as [string, string];
  return { target: `event_refusal_${year}_${month} (${COLUMNS})`, rows: writer.end() };
}

function addRejection(writer: RowWriter, record: RejectionRecord): void {
  writer.text(record.code);
  writer.text(record.message);
  writer.jsonb(JSON.stringify(record.details));
  writer.int64(BigInt(record.shard_key));
  writer.uuid(record.organization_id);
  writer.text(record.subject);
  writer.text(record.type);
  writer.text(record.source);
  writer.text(record.event_id);
}

/** Shard key, organization, subject, type, source and id as they stand in the row of the event, with their lengths. */
function addNames(writer: RowWriter, rows: EventRows, row: number): void {
  const start = rows.startOf(row);
  const { shardAt, organizationAt, textsAt } = EVENT_ROW;
  writer.fields(rows.bytes, start + shardAt - LENGTH_BYTES, start + shardAt + SHARD_BYTES);
  writer.fields(rows.bytes, start + organizationAt - LENGTH_BYTES, start + organizationAt + UUID_BYTES);
  writer.fields(rows.bytes, start + textsAt, rows.textsAt(row).id.end);
}
