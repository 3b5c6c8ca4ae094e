import type { DataSource } from 'typeorm';
import { binaryArray, ELEMENT } from './copy-binary.js';
import { FINGERPRINT_BYTES } from './event-fingerprint.js';
import type { AppendResult } from './event-log.js';
import type { DistinctEvents } from './event-repeats.js';
import { EVENT_ROW } from './event-rows.js';

const LOOK_UP = 'SELECT known_identities($1, $2, $3) AS known';
const COMPARE =
  'SELECT position, differs FROM compare_events($1::bigint[], $2::uuid[], $3::timestamptz[], $4::boolean[], $5::text[], $6::text[])';

export const DUPLICATE: AppendResult = { verdict: 'duplicate', differs: [] };

/**
 * The rows of a commit whose identities are kept already, and what they are of them, `duplicate` or `conflict`. Those with the fingerprint that is kept
 * are known by it; the others, and those beside which none is kept, are compared with the events. So are the rows of known identities that conflict with the
 * first in the commit: it is the kept event that counts, and they may be it. It writes nothing and holds nothing: what is not kept now may be a moment later.
 *
 * @param fingerprints by row; see `fingerprintsOf`
 */
export async function findKnown(
  dataSource: DataSource,
  { rows, order, repeats }: DistinctEvents,
  fingerprints: Uint8Array,
): Promise<Map<number, AppendResult>> {
  const { bytes } = rows;
  const arrayOf = (element: { type: number; bytes: number }, source: Uint8Array, placeOf: (row: number) => number): Buffer =>
    binaryArray(order.length, element, (index, into, at) => {
      const start = placeOf(order[index]!);
      for (let offset = 0; offset < element.bytes; offset++) into[at + offset] = source[start + offset]!;
    });
  const [{ known }]: [{ known: number[] }] = await dataSource.query(LOOK_UP, [
    arrayOf(ELEMENT.bigint, bytes, (row) => rows.startOf(row) + EVENT_ROW.shardAt),
    arrayOf(ELEMENT.uuid, bytes, (row) => rows.startOf(row) + EVENT_ROW.identityAt),
    arrayOf(ELEMENT.bigint, fingerprints, (row) => row * FINGERPRINT_BYTES),
  ]);
  const verdicts = new Map<number, AppendResult>();
  const doubtful: number[] = [];
  for (const position of known) {
    const row = order[Math.abs(position) - 1]!;
    if (position > 0) verdicts.set(row, DUPLICATE);
    else doubtful.push(row);
    for (const conflict of repeats.get(row)?.conflicts ?? []) doubtful.push(conflict.position);
  }
  if (doubtful.length > 0) for (const [row, verdict] of await compare(dataSource, rows, doubtful)) verdicts.set(row, verdict);
  return verdicts;
}

/** The exact comparison, as JSON; a row whose identity was dropped with its month meanwhile is none of them. */
async function compare(
  dataSource: DataSource,
  rows: DistinctEvents['rows'],
  compared: readonly number[],
): Promise<[number, AppendResult][]> {
  const events = compared.map((row) => rows.eventAt(row));
  const told: { position: number; differs: string[] }[] = await dataSource.query(COMPARE, [
    compared.map((row) => rows.shardKeyAt(row)),
    compared.map((row) => rows.identityAt(row)),
    compared.map((row) => rows.occurredAt(row)),
    events.map(({ time }) => time !== null),
    events.map(({ type }) => type),
    events.map(({ dataJson }) => dataJson),
  ]);
  return told.map(({ position, differs }) => [
    compared[position - 1]!,
    differs.length === 0 ? DUPLICATE : { verdict: 'conflict', differs },
  ]);
}
