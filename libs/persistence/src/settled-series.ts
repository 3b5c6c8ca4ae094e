import { decimal, formatDecimal, maxDecimal, minDecimal } from '@tallymark/domain';
import { knownShardKey } from './known-shards.js';
import type { Read } from './read-batch.js';
import { HOUR_MS, type ProofRecord, type SettledUsage, withProof } from './settled-usage.js';
import type { PartRecord } from './usage-parts.js';

/** A part of a series, of one meter. */
export type MeterPart = Omit<PartRecord, 'no'> & { readonly meter_id: string };

/** The meters of one subject, at bounds that lie on the grid of buckets, ascending, at least two. */
export interface SubjectSeries {
  readonly organizationId: string;
  readonly subject: string;
  readonly meterIds: readonly string[];
  readonly bounds: readonly Date[];
}

/** The sums of whole buckets, by their first five parameters: shard key, subject, meters, and from and to when. The sixth are the bounds. */
export const PART_SUMS = `
    SELECT x.meter_id, width_bucket(x.bucket_start, $6::timestamptz[]) AS part, sum(x.event_count) AS event_count, sum(x.value_count) AS value_count,
      sum(x.sum) AS sum, min(x.min) AS min, max(x.max) AS max, NULL::numeric AS latest, sum(x.weighted) AS weighted, sum(x.amount) AS amount, 0::bigint AS new_values
    FROM usage_bucket x
    WHERE x.shard_key = $1::bigint AND x.subject = $2 AND x.meter_id = ANY ($3::uuid[]) AND x.bucket_start >= $4::timestamptz AND x.bucket_start < $5::timestamptz
    GROUP BY 1, 2`;
const SETTLED = withProof('series_settled', PART_SUMS);

/** A part as it comes; in the one row of a series without usage all but the proof is null. */
type Row = ProofRecord & (MeterPart | { readonly meter_id: null });

/** About what takes memory: the list of parts, a part beside its texts, and a text beside its characters. */
const LIST_BYTES = 200;
const PART_BYTES = 136;
const TEXT_BYTES = 24;

/** The parts of a series of which there is usage, in no particular order; what is settled of them is remembered. Null where it would be too much. */
export function settledSeriesRead(series: SubjectSeries, settled: SettledUsage): Read<readonly MeterPart[]> | null {
  const { organizationId, subject, meterIds, bounds } = series;
  const [from, to] = [bounds[0]!, bounds.at(-1)!];
  return settled.readOf<Row, readonly MeterPart[]>({
    key: `series ${organizationId} ${meterIds.join()} ${bounds.map((bound) => bound.getTime()).join()} ${subject}`,
    from,
    to,
    grainMs: HOUR_MS,
    ask: (since, cut) => ({
      statement: SETTLED,
      values: [knownShardKey(organizationId, subject), subject, meterIds, since, to, cut === null ? bounds : cutAt(bounds, cut)],
    }),
    split: (rows, cut) => {
      const parts = rows.filter(isPart);
      return cut === null ? { before: [], after: parts } : splitAt(parts, bounds, cut);
    },
    add: addParts,
    bytesOf: (parts) => parts.reduce((bytes, part) => bytes + bytesOfPart(part), LIST_BYTES),
  });
}

function isPart(row: Row): row is ProofRecord & MeterPart {
  return row.meter_id !== null;
}

/** Sums have as many digits as events have, and these up to hundreds. */
function bytesOfPart(part: MeterPart): number {
  return Object.values(part).reduce<number>(
    (bytes, value) => (typeof value === 'string' ? bytes + TEXT_BYTES + value.length : bytes),
    PART_BYTES,
  );
}

/** Without the proof of its row, which is remembered once for all of them. */
function partOf({ meter_id, part, event_count, value_count, sum, min, max, latest, weighted, amount, new_values }: MeterPart): MeterPart {
  return { meter_id, part, event_count, value_count, sum, min, max, latest, weighted, amount, new_values };
}

/** The bounds, and one more where something is to be told apart at another instant than theirs. */
function cutAt(bounds: readonly Date[], cut: Date): readonly Date[] {
  const after = bounds.findIndex((bound) => bound >= cut);
  return bounds[after]!.getTime() === cut.getTime() ? bounds : [...bounds.slice(0, after), cut, ...bounds.slice(after)];
}

/** Numbers the parts as the series does: the one that was cut is then on both sides. */
function splitAt(rows: readonly MeterPart[], bounds: readonly Date[], cut: Date): { before: MeterPart[]; after: MeterPart[] } {
  const all = cutAt(bounds, cut);
  const cutPart = all.indexOf(cut);
  const isCut = all !== bounds;
  const before: MeterPart[] = [];
  const after: MeterPart[] = [];
  for (const row of rows) {
    if (all[row.part]! <= cut) before.push(partOf(row));
    else after.push(isCut && row.part > cutPart ? { ...row, part: row.part - 1 } : row);
  }
  return { before, after };
}

function addParts(before: readonly MeterPart[], after: readonly MeterPart[]): readonly MeterPart[] {
  if (before.length === 0) return after;
  if (after.length === 0) return before;
  const parts = [...before];
  for (const part of after) {
    const index = before.findIndex((one) => one.part === part.part && one.meter_id === part.meter_id);
    if (index === -1) parts.push(part);
    else parts[index] = addPart(before[index]!, part);
  }
  return parts;
}

function addPart(a: MeterPart, b: MeterPart): MeterPart {
  return {
    ...a,
    event_count: addText(a.event_count, b.event_count)!,
    value_count: addText(a.value_count, b.value_count)!,
    sum: addText(a.sum, b.sum)!,
    min: either(a.min, b.min, (x, y) => formatDecimal(minDecimal(decimal(x), decimal(y)))),
    max: either(a.max, b.max, (x, y) => formatDecimal(maxDecimal(decimal(x), decimal(y)))),
    weighted: addText(a.weighted, b.weighted),
    amount: addText(a.amount, b.amount),
  };
}

function addText(a: string | null, b: string | null): string | null {
  return either(a, b, (x, y) => formatDecimal(decimal(x).plus(decimal(y))));
}

function either(a: string | null, b: string | null, both: (a: string, b: string) => string): string | null {
  return a === null || b === null ? (a ?? b) : both(a, b);
}
