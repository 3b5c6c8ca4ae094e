import { Window, type WindowSize, calendarUnitAt } from '@tallymark/date-window';
import {
  type EntityManager,
  type UsageAnswer,
  type UsageGroup,
  type UsageTableQuery,
  listUsageGroups,
  readUsageTable,
  usageGroupKey,
} from '@tallymark/persistence';
import { z } from 'zod';

/** The first row of a page: a window by its start, a series by its number, and the group at which to go on (null: its first). */
export const usagePosition = z.object({ at: z.iso.datetime(), series: z.int().min(0), group: z.string().nullable() });
/** See {@link usagePosition}. */
export type UsagePosition = z.infer<typeof usagePosition>;

/** A table of usage cut into windows, of which one page is read. */
export interface UsagePageQuery extends UsageTableQuery {
  readonly range: Window;
  /** Null: one window, the whole range. */
  readonly window: WindowSize | null;
  readonly timeZone: string;
}

/** One row. */
export interface UsageTableRow {
  readonly window: Window;
  /** Index of the query's series. */
  readonly series: number;
  readonly answer: UsageAnswer;
}

/**
 * About the most usage of one subject in one window that a page reads; a page of many subjects is cut shorter than its limit. Of a recurring meter each
 * window rests on all that was before it, so there are fewer.
 */
const MAX_SUBJECT_WINDOWS = { metered: 20_000, recurring: 300 } as const;

/**
 * The rows of a table from a position on, ordered by window, series and group; every group has a row in every window.
 *
 * @returns up to `limit` rows and where the next page begins; null at the end. A page may be shorter than its limit.
 */
export async function readUsagePage(
  manager: EntityManager,
  query: UsagePageQuery,
  page: { readonly from: UsagePosition | null; readonly limit: number },
): Promise<{ rows: UsageTableRow[]; next: UsagePosition | null }> {
  const groups = await listUsageGroups(manager, query, query.range);
  const rowsPerWindow = groups.reduce((count, of) => count + of.length, 0);
  if (rowsPerWindow === 0) return { rows: [], next: null };
  const subjects = query.series.reduce((count, of) => count + of.length, 0);
  const budget = MAX_SUBJECT_WINDOWS[query.meter.recurring ? 'recurring' : 'metered'];
  // One window more than the limit fills, since the first one may be cut by the position.
  const most = Math.min(Math.ceil(page.limit / rowsPerWindow) + 1, Math.max(1, Math.floor(budget / Math.max(1, subjects))));
  const { windows, rest } = takeWindows(query, page.from === null ? query.range.from : new Date(page.from.at), most);
  const table = await readUsageTable(manager, query, windows, groups);
  const rows = windows
    .flatMap((window, index) => table[index]!.flatMap((answers, series) => answers.map((answer) => ({ window, series, answer }))))
    .filter((row) => page.from === null || isFrom(row, page.from, query));
  const next = rows[page.limit];
  if (next !== undefined) return { rows: rows.slice(0, page.limit), next: positionOf(next, query) };
  return { rows, next: rest === null ? null : { at: rest.toISOString(), series: 0, group: null } };
}

/** Up to `most` windows from an instant on that begins one, clipped to the range, and where the first one after them begins. */
function takeWindows({ range, window, timeZone }: UsagePageQuery, from: Date, most: number): { windows: Window[]; rest: Date | null } {
  if (window === null) return { windows: [range], rest: null };
  const windows: Window[] = [];
  let start = from;
  while (start < range.to && windows.length < most) {
    const { to } = calendarUnitAt(start, window, timeZone);
    const end = to < range.to ? to : range.to;
    windows.push(Window.of(start, end));
    start = end;
  }
  return { windows, rest: start < range.to ? start : null };
}

/** Groups are compared by the keys by which they are ordered, so that one that came up since the last page moves no other. */
function isFrom({ window, series, answer }: UsageTableRow, position: UsagePosition, query: UsagePageQuery): boolean {
  if (window.from.toISOString() !== position.at) return window.from > new Date(position.at);
  if (series !== position.series) return series > position.series;
  return position.group === null || usageGroupKey(answer.group, query) >= position.group;
}

function positionOf({ window, series, answer }: UsageTableRow, query: UsagePageQuery): UsagePosition {
  return { at: window.from.toISOString(), series, group: usageGroupKey(answer.group satisfies UsageGroup, query) };
}
