import { Window, alignedPart } from '@tallymark/date-window';
import { mayRecur } from '@tallymark/domain';
import type { UsageRequest } from './usage-reader.js';

/** A stretch of one subject's usage that is read in one go, for one request. */
export interface Scan {
  readonly request: number;
  readonly kind: 'buckets' | 'events';
  readonly subject: string;
  readonly from: Date;
  readonly to: Date;
  /** The window's begin, for a scan of what was before it; null for one of the window itself. */
  readonly levelAt: Date | null;
}

interface Stretch {
  readonly kind: Scan['kind'];
  readonly from: Date;
  readonly to: Date;
  readonly levelAt: Date | null;
}

export const BEGINNING_OF_TIME = new Date(0);
/** No event is as old: usage of dropped months is carried into buckets that begin then. */
const CARRIED = Window.of(BEGINNING_OF_TIME, new Date(1));

/** Whether what was before a window counts in it. */
export function carries({ recurring, aggregation }: UsageRequest['meter']): boolean {
  return recurring && mayRecur(aggregation);
}

/**
 * From when to when some scans reach together, half-open; nulls where there are none. PostgreSQL leaves out the months outside before it opens them, which
 * it can't by the bounds of each scan.
 */
export function rangeOf(scans: readonly Pick<Scan, 'from' | 'to'>[]): readonly [from: Date | null, to: Date | null] {
  const [first, ...rest] = scans;
  if (first === undefined) return [null, null];
  return rest.reduce<[Date, Date]>(
    ([from, to], scan) => [scan.from < from ? scan.from : from, scan.to > to ? scan.to : to],
    [first.from, first.to],
  );
}

/**
 * The scans that answer a request: from whole buckets and the events at their edges, or from the events alone. Of what was before the window, only the
 * distinct values are among them; the levels that other recurring meters begin with are questions of their own.
 */
export function scansOf({ subjects, meter, window }: UsageRequest, request: number, fromBuckets: boolean): Scan[] {
  const stretches = stretchesOf(window, null, fromBuckets);
  if (carries(meter) && meter.aggregation === 'unique_count' && window.fromMs > 0)
    stretches.push(...stretchesOf(Window.of(BEGINNING_OF_TIME, window.from), window.from, fromBuckets));
  return scan(subjects, request, stretches);
}

/** The scans of a stretch of the time before a window. */
export function levelScansOf({ subjects, window }: UsageRequest, request: number, fromBuckets: boolean): Scan[] {
  return scan(subjects, request, stretchesOf(window, null, fromBuckets));
}

function scan(subjects: readonly string[], request: number, stretches: readonly Stretch[]): Scan[] {
  return subjects.flatMap((subject) => stretches.map((stretch) => ({ request, subject, ...stretch })));
}

/** What is carried from dropped months is in buckets alone, also where the events are asked. */
function stretchesOf(window: Window, levelAt: Date | null, fromBuckets: boolean): Stretch[] {
  if (fromBuckets) return bucketStretches(window, levelAt);
  const carried: Stretch[] =
    window.fromMs === BEGINNING_OF_TIME.getTime() ? [{ kind: 'buckets', from: CARRIED.from, to: CARRIED.to, levelAt }] : [];
  return [...carried, eventStretch(window, levelAt)];
}

function bucketStretches(window: Window, levelAt: Date | null): Stretch[] {
  const { before, aligned, after } = alignedPart(window);
  const edges = [before, after].filter((edge) => edge !== null).map((edge) => eventStretch(edge, levelAt));
  return aligned ? [{ kind: 'buckets', from: aligned.from, to: aligned.to, levelAt }, ...edges] : edges;
}

function eventStretch({ from, to }: Window, levelAt: Date | null): Stretch {
  return { kind: 'events', from, to, levelAt };
}
