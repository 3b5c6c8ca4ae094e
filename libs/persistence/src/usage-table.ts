import type { Window } from '@tallymark/date-window';
import { ZERO } from '@tallymark/domain';
import type { EntityManager } from 'typeorm';
import { emptyValue } from './aggregate.js';
import { type UsageAnswer, type UsageRequest, readUsage } from './usage-reader.js';

/** What a table of usage is about: one meter, for each of several sets of subjects. */
export interface UsageTableQuery extends Pick<UsageRequest, 'organizationId' | 'meter' | 'filters'> {
  /** The subjects of each series. What they used is counted together: a value that two of them saw is one value. */
  readonly series: readonly (readonly string[])[];
  /** Dimensions to keep apart; empty for none. */
  readonly groupBy: readonly string[];
}

/** Values of the dimensions that a row keeps apart. */
export type UsageGroup = UsageAnswer['group'];

/** About the most stretches of buckets that one query reads, so that none grows with the size of a table. */
const SUBJECT_WINDOWS_PER_QUERY = 2_000;

/**
 * The groups of each series in which something was used anywhere in the range, in one order that never changes: each gets a row in every window, so
 * that a series has no holes. Without dimensions the one group of everything.
 */
export async function listUsageGroups(manager: EntityManager, query: UsageTableQuery, range: Window): Promise<UsageGroup[][]> {
  if (query.groupBy.length === 0) return query.series.map(() => [{}]);
  const answers = await readAll(manager, query, [range]);
  return answers[0]!.map((groups) =>
    groups.map(({ group }) => group).sort((a, b) => compare(usageGroupKey(a, query), usageGroupKey(b, query))),
  );
}

/** A text by which groups of one table are told apart and ordered. */
export function usageGroupKey(group: UsageGroup, { groupBy }: Pick<UsageTableQuery, 'groupBy'>): string {
  return JSON.stringify(groupBy.map((name) => group[name] ?? null));
}

/**
 * What each series used in each window, exact at any bound, as `readUsage` answers it.
 *
 * @returns for each window, for each series, an answer for each of its groups, in their order; zero where nothing was used.
 */
export async function readUsageTable(
  manager: EntityManager,
  query: UsageTableQuery,
  windows: readonly Window[],
  groups: readonly (readonly UsageGroup[])[],
): Promise<UsageAnswer[][][]> {
  const table = await readAll(manager, query, windows);
  return table.map((row) =>
    row.map((answers, series) => {
      const byKey = new Map(answers.map((answer) => [usageGroupKey(answer.group, query), answer]));
      return groups[series]!.map((group) => byKey.get(usageGroupKey(group, query)) ?? nothing(query, group));
    }),
  );
}

/** Window by window, series by series, in as few queries as fit. */
async function readAll(manager: EntityManager, query: UsageTableQuery, windows: readonly Window[]): Promise<UsageAnswer[][][]> {
  const { series, ...of } = query;
  const requests = windows.flatMap((window) => series.map((subjects): UsageRequest => ({ ...of, subjects, window })));
  const answers: UsageAnswer[][] = [];
  for (const batch of batches(requests)) answers.push(...(await readUsage(manager, batch)));
  return windows.map((_, index) => answers.slice(index * series.length, (index + 1) * series.length));
}

function batches(requests: readonly UsageRequest[]): UsageRequest[][] {
  const result: UsageRequest[][] = [];
  let scans = Infinity;
  for (const request of requests) {
    scans += request.subjects.length;
    if (scans > SUBJECT_WINDOWS_PER_QUERY) {
      result.push([]);
      scans = request.subjects.length;
    }
    result.at(-1)!.push(request);
  }
  return result;
}

function nothing({ meter }: UsageTableQuery, group: UsageGroup): UsageAnswer {
  return { group, value: emptyValue(meter.aggregation), eventCount: ZERO, amount: null };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
