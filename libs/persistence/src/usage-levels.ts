import { Window } from '@tallymark/date-window';
import { decimal, decimalFromInteger, formatDecimal } from '@tallymark/domain';
import type { AnswerRecord, UsageRequest } from './usage-reader.js';
import { BEGINNING_OF_TIME, carries } from './usage-scans.js';

/** A stretch of the time before some windows. The levels that windows begin with are added up from these, so that each is read once. */
export interface LevelStretch {
  readonly question: UsageRequest;
  /** Indexes of the requests whose windows begin where it ends. */
  readonly requests: readonly number[];
  /** Whether it goes on where the one before it in the list ends. */
  readonly continues: boolean;
}

/** Whether a window's value is what was before it and what is in it, put together. Distinct values are not: they have to be looked at side by side. */
export function restsOnLevel({ meter, window }: UsageRequest): boolean {
  return carries(meter) && meter.aggregation !== 'unique_count' && window.fromMs > 0;
}

/** The stretches that the requests rest on. Those that ask the same of the same subjects share theirs. */
export function levelStretchesOf(requests: readonly UsageRequest[]): LevelStretch[] {
  const series = new Map<string, number[]>();
  requests.forEach((request, index) => {
    if (!restsOnLevel(request)) return;
    const { organizationId, meter, subjects, groupBy, filters } = request;
    const key = JSON.stringify([organizationId, meter.id, meter.aggregation, subjects, groupBy, filters]);
    series.set(key, [...(series.get(key) ?? []), index]);
  });
  return [...series.values()].flatMap((indexes) => cutHistory(requests, indexes));
}

function cutHistory(requests: readonly UsageRequest[], indexes: readonly number[]): LevelStretch[] {
  const ends = [...new Set(indexes.map((index) => requests[index]!.window.fromMs))].sort((a, b) => a - b);
  return ends.map((endMs, nth) => ({
    question: { ...requests[indexes[0]!]!, window: Window.of(nth === 0 ? BEGINNING_OF_TIME : new Date(ends[nth - 1]!), new Date(endMs)) },
    requests: indexes.filter((index) => requests[index]!.window.fromMs === endMs),
    continues: nth > 0,
  }));
}

type ByGroup = ReadonlyMap<string, AnswerRecord>;

/** Puts what was before each window into its records: `levels` are the records of the stretches, in their order. */
export function addLevels(
  requests: readonly UsageRequest[],
  records: readonly (readonly AnswerRecord[])[],
  stretches: readonly LevelStretch[],
  levels: readonly (readonly AnswerRecord[])[],
): AnswerRecord[][] {
  const result = records.map((list) => [...list]);
  let level: ByGroup = new Map();
  stretches.forEach((stretch, index) => {
    const own = byGroup(levels[index]!);
    level = stretch.continues
      ? merge(level, own, (before, after) => ({ ...after, sum: add(before.sum, after.sum), latest: after.latest ?? before.latest }))
      : own;
    for (const request of stretch.requests)
      result[request] = [...withLevel(level, byGroup(records[request]!), requests[request]!.window).values()];
  });
  return result;
}

/** What was before counts as made when the window begins, and its events are no events of the window. */
function withLevel(level: ByGroup, within: ByGroup, window: Window): ByGroup {
  const from = decimalFromInteger(window.fromMs).times(decimal('0.001'));
  const begins = new Map(
    [...level].map(([key, record]) => {
      const weighted = formatDecimal(decimal(record.sum).times(from));
      return [key, { ...record, event_count: '0', amount: null, weighted }] as const;
    }),
  );
  return merge(begins, within, (before, after) => ({
    ...after,
    sum: add(before.sum, after.sum),
    weighted: add(before.weighted ?? '0', after.weighted ?? '0'),
    latest: after.latest ?? before.latest,
  }));
}

/** In the order of the groups, which says nothing of where a record came from. */
function merge(before: ByGroup, after: ByGroup, both: (before: AnswerRecord, after: AnswerRecord) => AnswerRecord): ByGroup {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return new Map(
    keys.map((key) => {
      const [first, second] = [before.get(key), after.get(key)];
      return [key, first && second ? both(first, second) : (first ?? second)!] as const;
    }),
  );
}

function byGroup(records: readonly AnswerRecord[]): ByGroup {
  return new Map(records.map((record) => [JSON.stringify(record.group_values), record]));
}

function add(a: string, b: string): string {
  return formatDecimal(decimal(a).plus(decimal(b)));
}
