import type { UsageEvent } from '@tallymark/domain';
import type { EventRows } from './event-rows.js';
import { sortByKey } from './key-order.js';

/** What follows an event in its commit under the same identity. */
export interface Repeats {
  /** Rows of the very same event. */
  readonly positions: number[];
  /** Rows of other content, with what differs: `type`, `time`, `data`. */
  readonly conflicts: { readonly position: number; readonly differs: readonly string[] }[];
}

/** The events of a commit, each identity once. */
export interface DistinctEvents {
  readonly rows: EventRows;
  /** The first row of each identity, in the order of `sortByKey`. */
  readonly order: Uint32Array;
  /** By the first row; empty where no identity came twice, as is nearly always so. */
  readonly repeats: ReadonlyMap<number, Repeats>;
}

/** Of events of one identity the first in the commit counts. */
export function distinctEvents(rows: EventRows): DistinctEvents {
  const sorted = sortByKey(rows);
  const repeats = new Map<number, Repeats>();
  let distinct = 0;
  // Read back once, however often it is repeated: its data may be long, and what repeats it short.
  let kept: ReadRow | undefined;
  for (const row of sorted) {
    const first = distinct === 0 ? undefined : sorted[distinct - 1]!;
    if (first === undefined || rows.compareKeys(first, row) !== 0) {
      sorted[distinct++] = row;
      continue;
    }
    if (rows.haveSameContent(first, row)) {
      repeatsOf(repeats, first).positions.push(row);
      continue;
    }
    if (kept?.row !== first) kept = { row: first, event: rows.eventAt(first) };
    repeatsOf(repeats, first).conflicts.push({ position: row, differs: differences(kept.event, rows.eventAt(row)) });
  }
  return { rows, order: sorted.subarray(0, distinct), repeats };
}

/** How often an event came in its commit. @param row its first */
export function timesSent({ repeats }: DistinctEvents, row: number): number {
  return 1 + (repeats.get(row)?.positions.length ?? 0);
}

interface ReadRow {
  readonly row: number;
  readonly event: UsageEvent;
}

function repeatsOf(repeats: Map<number, Repeats>, first: number): Repeats {
  let found = repeats.get(first);
  if (found === undefined) repeats.set(first, (found = { positions: [], conflicts: [] }));
  return found;
}

/** Within a batch, data that reads differently counts as different even where JSON would call it equal (`1.0` and `1`): a batch that says both is in doubt. */
function differences(kept: UsageEvent, other: UsageEvent): string[] {
  return (['type', 'time', 'dataJson'] as const)
    .filter((name) => kept[name] !== other[name])
    .map((name) => (name === 'dataJson' ? 'data' : name));
}
