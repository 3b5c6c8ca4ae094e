import { type Decimal, decimal } from '@tallymark/domain';
import type { Window } from '@tallymark/date-window';
import type { EntityManager } from 'typeorm';
import { knownShardKey } from './known-shards.js';
import { type PreparedStatement, type Read, askIn } from './read-batch.js';

export const DAY_MS = 86_400_000;

/** One question: how many different values did these meters see on each day, at each of these levels? */
export interface DailyUniquesRequest {
  readonly organizationId: string;
  /** `unique_count` meters, counted as one: a value that several of them saw is one value. */
  readonly meterIds: readonly string[];
  readonly subjects: readonly string[];
  /** Begins and ends at a midnight UTC. */
  readonly window: Window;
  /** The dimensions that each level keeps apart, at least one. */
  readonly levels: readonly (readonly string[])[];
  /** All that the meters keep apart, where it is known. It changes no answer: what no level has can then be left out early. */
  readonly dimensions?: readonly string[];
}

/** One answer: a day, a level and a group of it in which something was seen. */
export interface DailyUniques {
  /** Midnight UTC, at which the day begins. */
  readonly day: Date;
  /** Index of {@link DailyUniquesRequest.levels}. */
  readonly level: number;
  /** Values of the level's dimensions; null where events lack one. */
  readonly group: Readonly<Record<string, string | null>>;
  readonly count: Decimal;
}

/**
 * Counts the different values of each UTC day at several levels of detail in one pass. No level is the sum of another: a value that came in
 * two groups of the finer level is one value of the coarser.
 *
 * @throws RangeError when the window does not consist of whole UTC days.
 */
export async function countDailyUniques(manager: EntityManager, request: DailyUniquesRequest): Promise<DailyUniques[]> {
  const read = dailyUniquesRead(request);
  return read === null ? [] : askIn(manager, read);
}

/** The question of {@link countDailyUniques}, by itself; null where there is nothing to count. @throws RangeError likewise */
export function dailyUniquesRead({ organizationId, meterIds, subjects, window, levels }: DailyUniquesRequest): Read<DailyUniques[]> | null {
  requireWholeDays(window);
  if (meterIds.length === 0 || subjects.length === 0 || levels.length === 0) return null;
  const dimensions = [...new Set(levels.flat())];
  return {
    statement: uniquesStatement(dimensions, levels),
    values: [subjects.map((subject) => knownShardKey(organizationId, subject)), subjects, meterIds, window.from, window.to, ...dimensions],
    answer: (records: readonly UniquesRecord[]) => {
      const levelOfMask = new Map(levels.map((level, index) => [maskOf(dimensions, level), index]));
      return records.map(({ day, rolled_up: mask, uniques, group_values: values }) => {
        const level = levelOfMask.get(mask)!;
        const group = Object.fromEntries(levels[level]!.map((name) => [name, values[dimensions.indexOf(name)]!]));
        return { day, level, group, count: decimal(uniques) };
      });
    },
  };
}

/** @throws RangeError when a window does not consist of whole UTC days. */
export function requireWholeDays(window: Window): void {
  if (window.fromMs % DAY_MS !== 0 || window.toMs % DAY_MS !== 0) {
    throw new RangeError(`received the window ${JSON.stringify(window)}; expected whole UTC days`);
  }
}

/** By the levels, as indexes of the dimensions: those are parameters, and few contracts ask for levels. */
const statements = new Map<string, PreparedStatement>();

function uniquesStatement(dimensions: readonly string[], levels: readonly (readonly string[])[]): PreparedStatement {
  const name = ['daily_uniques', ...levels.map((level) => level.map((dimension) => dimensions.indexOf(dimension)).join('_'))].join('__');
  const statement = statements.get(name) ?? { name, sql: uniquesSql(dimensions, levels) };
  statements.set(name, statement);
  return statement;
}

interface UniquesRecord {
  readonly day: Date;
  /** A bit per dimension, the first one highest: 1 where the row does not keep it apart. */
  readonly rolled_up: number;
  readonly group_values: (string | null)[];
  readonly uniques: string;
}

function uniquesSql(dimensions: readonly string[], levels: readonly (readonly string[])[]): string {
  const columnOf = (name: string): string => `d${dimensions.indexOf(name)}`;
  const columns = dimensions.map(columnOf);
  const sets = levels.map((level) => `(day, ${level.map(columnOf).join(', ')})`);
  return `
    WITH seen AS (
      SELECT date_trunc('day', u.bucket_start, 'UTC') AS day, u.value_hash,
        ${dimensions.map((_, index) => `u.dimensions ->> $${index + 6}::text AS d${index}`).join(', ')}
      FROM unnest($1::bigint[], $2::text[]) AS s (shard_key, subject)
      JOIN usage_unique u ON u.shard_key = s.shard_key AND u.subject = s.subject AND u.meter_id = ANY ($3::uuid[])
        AND u.bucket_start >= $4 AND u.bucket_start < $5
    )
    SELECT day, GROUPING(${columns.join(', ')}) AS rolled_up, ARRAY[${columns.join(', ')}] AS group_values, count(DISTINCT value_hash) AS uniques
    FROM seen GROUP BY GROUPING SETS (${sets.join(', ')}) ORDER BY day, rolled_up DESC, group_values`;
}

function maskOf(dimensions: readonly string[], level: readonly string[]): number {
  return dimensions.reduce((mask, name) => mask * 2 + (level.includes(name) ? 0 : 1), 0);
}
