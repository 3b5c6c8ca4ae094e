import { type Decimal, decimalFromInteger } from '@tallymark/domain';
import { DAY_MS, type DailyUniques, type DailyUniquesRequest, requireWholeDays } from './daily-uniques.js';
import { knownShardKey } from './known-shards.js';
import type { PreparedStatement, Read } from './read-batch.js';
import { type ProofRecord, type SettledUsage, withProof } from './settled-usage.js';

/** Sets of groups that one answer may have: values nearly always come in one group, or in a few sets of them. */
const MOST_SETS = 2_000;
/** Groups that one set may have: what is read at once is at most so many times {@link MOST_SETS}. */
const MOST_GROUPS = 16;

/**
 * How many values came in which set of groups on each day. Each value is looked at once, whatever the number of levels, and what any level comes to follows
 * from the sets: values are sorted by their hash alone, not by texts, level after level.
 *
 * For example, a value that one publisher's endpoints A and B saw, and another that A alone saw, make two rows:
 *
 *     groups {(twitter, A), (twitter, B)}   uniques 1
 *     groups {(twitter, A)}                 uniques 1
 *
 * The first counts for twitter 1, A 1 and B 1, the second for twitter 1 and A 1: twitter 2, A 2, B 1.
 */
const setsSql = (source: string, group: string): string => `
    SELECT extract(epoch FROM day)::bigint AS second, CASE WHEN cardinality(groups) <= ${MOST_GROUPS} THEN to_json(groups) END AS groups, count(*) AS uniques
    FROM (
      SELECT date_bin('1 day', u.bucket_start, timestamptz 'epoch') AS day, array_agg(DISTINCT ${group}) AS groups
      FROM ${source} AND u.meter_id = ANY ($3::uuid[]) AND u.bucket_start >= $4::timestamptz AND u.bucket_start < $5::timestamptz
      GROUP BY 1, u.value_hash
    ) AS v
    GROUP BY day, groups LIMIT $6`;
const OF_SUBJECTS =
  'unnest($1::bigint[], $2::text[]) AS s (shard_key, subject) JOIN usage_unique u ON u.shard_key = s.shard_key AND u.subject = s.subject';
const OF_ONE_SUBJECT = 'usage_unique u WHERE u.shard_key = $1::bigint AND u.subject = $2';
const WHOLE_GROUP = 'u.dimensions';
/** Without the dimensions that no level has: a meter that keeps users apart too would make a set for each. Takes two fifths longer for each stored value. */
const GROUP_OF_LEVELS = 'u.dimensions - $7::text[]';

const SETS: PreparedStatement = { name: 'daily_unique_sets', sql: setsSql(OF_SUBJECTS, WHOLE_GROUP) };
const SETS_OF_LEVELS: PreparedStatement = { name: 'daily_unique_sets_of_levels', sql: setsSql(OF_SUBJECTS, GROUP_OF_LEVELS) };
const SETTLED = withProof('daily_unique_sets_settled', setsSql(OF_ONE_SUBJECT, WHOLE_GROUP));
const SETTLED_OF_LEVELS = withProof('daily_unique_sets_of_levels_settled', setsSql(OF_ONE_SUBJECT, GROUP_OF_LEVELS));

interface SetRecord {
  /** At which the day begins, since 1970. */
  readonly second: string;
  /** Null where they are more than {@link MOST_GROUPS}. */
  readonly groups: readonly DailyUniques['group'][] | null;
  readonly uniques: string;
}

/** In the one row of a window without usage all but the proof is null. */
type ProvenSet = ProofRecord & (SetRecord | { readonly second: null });

/** About what takes memory: a list, a count beside its day and group, its number where it is not shared, these, a group's value beside its characters, and those, which may be no Latin ones. */
const LIST_BYTES = 200;
const COUNT_BYTES = 112;
const OWN_COUNT_BYTES = 168;
const DAY_BYTES = 112;
const GROUP_BYTES = 120;
const VALUE_BYTES = 40;
const CHARACTER_BYTES = 2;

/**
 * The question of `countDailyUniques` in its fast form; null where there is nothing to count. The answers come in no particular order. Null in their place
 * where values come in too many sets of groups, or one of them in too many groups.
 *
 * @param settled remembers the counts of days long past of one subject, where it is given; the answer may then throw `NotSettled`
 * @throws RangeError when the window does not consist of whole UTC days.
 */
export function dailyUniqueSetsRead(request: DailyUniquesRequest, settled?: SettledUsage): Read<DailyUniques[] | null> | null {
  const { organizationId, meterIds, subjects, window, levels, dimensions = [] } = request;
  requireWholeDays(window);
  if (meterIds.length === 0 || subjects.length === 0 || levels.length === 0) return null;
  const asked = new Set(levels.flat());
  const others = dimensions.filter((name) => !asked.has(name));
  const remembered = settled === undefined || subjects.length > 1 ? null : settledSetsRead(request, others, settled);
  if (remembered !== null) return remembered;
  const shardKeys = subjects.map((subject) => knownShardKey(organizationId, subject));
  const values = [shardKeys, subjects, meterIds, window.from, window.to, MOST_SETS + 1];
  return {
    ...(others.length === 0 ? { statement: SETS, values } : { statement: SETS_OF_LEVELS, values: [...values, others] }),
    answer: (records: readonly SetRecord[]) => (isBounded(records) ? countAtLevels(records, levels) : null),
  };
}

/** Days are settled one by one: what a day came to does not depend on any other. */
function settledSetsRead(
  { organizationId, meterIds, subjects, window, levels }: DailyUniquesRequest,
  others: readonly string[],
  settled: SettledUsage,
): Read<DailyUniques[]> | null {
  const subject = subjects[0]!;
  return settled.readOf<ProvenSet, DailyUniques[]>({
    key: `days ${organizationId} ${meterIds.join()} ${window.fromMs} ${window.toMs} ${JSON.stringify([levels, others])} ${subject}`,
    from: window.from,
    to: window.to,
    grainMs: DAY_MS,
    ask: (since) => {
      const values = [knownShardKey(organizationId, subject), subject, meterIds, since, window.to, MOST_SETS + 1];
      return others.length === 0 ? { statement: SETTLED, values } : { statement: SETTLED_OF_LEVELS, values: [...values, others] };
    },
    split: (rows, cut) => {
      const records = rows.filter(isSet);
      if (!isBounded(records)) return null;
      const counts = countAtLevels(records, levels);
      if (cut === null) return { before: [], after: counts };
      return { before: counts.filter(({ day }) => day < cut), after: counts.filter(({ day }) => day >= cut) };
    },
    add: (before, after) => [...before, ...after],
    bytesOf: bytesOfCounts,
  });
}

function isSet(row: ProvenSet): row is ProofRecord & SetRecord {
  return row.second !== null;
}

/** Counts of a day share it, and those of different days their groups. */
function bytesOfCounts(counts: readonly DailyUniques[]): number {
  const days = new Set(counts.map(({ day }) => day));
  const groups = new Set(counts.map(({ group }) => group));
  let bytes = LIST_BYTES + counts.length * COUNT_BYTES + days.size * DAY_BYTES + groups.size * GROUP_BYTES;
  for (const { count } of counts) if (!isShared(count)) bytes += OWN_COUNT_BYTES;
  for (const group of groups) for (const value of Object.values(group)) bytes += VALUE_BYTES + CHARACTER_BYTES * (value?.length ?? 0);
  return bytes;
}

type BoundedRecord = SetRecord & { readonly groups: readonly DailyUniques['group'][] };

function isBounded(records: readonly SetRecord[]): records is readonly BoundedRecord[] {
  return records.length <= MOST_SETS && records.every(({ groups }) => groups !== null);
}

function countAtLevels(records: readonly BoundedRecord[], levels: DailyUniquesRequest['levels']): DailyUniques[] {
  const found = new Map<string, { readonly of: Omit<DailyUniques, 'count'>; count: number }>();
  const days = new Map<string, Date>();
  // The same groups come day after day: one object for all of them, since they are remembered.
  const groupsOf = levels.map(() => new Map<string, DailyUniques['group']>());
  for (const { second, groups, uniques } of records) {
    const day = days.get(second) ?? new Date(Number(second) * 1_000);
    days.set(second, day);
    levels.forEach((dimensions, level) => {
      // A value that came in several groups of the set is one value of what they have in common.
      for (const [key, group] of groupsAt(dimensions, groups)) {
        const whole = `${second} ${level} ${key}`;
        const known = groupsOf[level]!.get(key) ?? group;
        groupsOf[level]!.set(key, known);
        const row = found.get(whole) ?? { of: { day, level, group: known }, count: 0 };
        row.count += Number(uniques);
        found.set(whole, row);
      }
    });
  }
  // Written out: an object that another is spread into takes five times the memory.
  return [...found.values()].map(({ of: { day, level, group }, count }) => ({ day, level, group, count: numberOf(count) }));
}

/** Numbers don't change, and what is remembered of a day is nearly always a small one: those are the same objects throughout. */
const SMALL_NUMBERS: readonly Decimal[] = Array.from({ length: 1_000 }, (_, count) => decimalFromInteger(count));
const SHARED = new Set(SMALL_NUMBERS);

function numberOf(count: number): Decimal {
  return SMALL_NUMBERS[count] ?? decimalFromInteger(count);
}

function isShared(count: Decimal): boolean {
  return SHARED.has(count);
}

function groupsAt(dimensions: readonly string[], groups: BoundedRecord['groups']): ReadonlyMap<string, DailyUniques['group']> {
  return new Map(
    groups.map((whole) => {
      const values = dimensions.map((name) => whole[name] ?? null);
      return [JSON.stringify(values), Object.fromEntries(dimensions.map((name, index) => [name, values[index]!]))];
    }),
  );
}
