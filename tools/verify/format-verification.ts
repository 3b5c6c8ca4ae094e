import type { BucketDifference, MeterVerification, StatementVerification } from '@tallymark/persistence';

const MOST_EXAMPLES = 5;

/** One line about a meter, and one more for each example of a difference. */
export function formatMeter(result: MeterVerification): string[] {
  const { organization, meter, recomputed, different, examples } = result;
  const outcome = different === 0 ? 'equal' : `${different} different`;
  return [
    `${organization}  ${meter}: ${recomputed} buckets recomputed, ${outcome}`,
    ...examples.slice(0, MOST_EXAMPLES).map((example) => `    ${formatBucket(example)}`),
  ];
}

/** One line about the statements of an organization, and one more for each example of a difference. */
export function formatStatements(result: StatementVerification): string[] {
  const { organization, recomputed, closed, pastRetention, queued, silent, different } = result;
  const outcome = different.length === 0 ? 'equal' : `${different.length} different`;
  const left = [
    ...(queued === 0 ? [] : [`${queued} more are queued for a refresh`]),
    ...(silent === 0 ? [] : [`${silent} more charge by a deleted meter, and are refreshed every quarter of an hour`]),
    ...(pastRetention === 0 ? [] : [`${pastRetention} more closed when or before their events were dropped`]),
  ];
  return [
    `${organization}  statements: ${recomputed} recomputed, ${closed} of them closed, ${outcome}${left.length === 0 ? '' : ` (${left.join('; ')})`}`,
    ...different
      .slice(0, MOST_EXAMPLES)
      .map(
        ({ subscription, periodFrom, stored, recomputed: expected }) =>
          `    subscription ${subscription} from ${periodFrom}: ${formatChanges(stored, expected)}`,
      ),
  ];
}

/** One line: what the statements were recomputed from. */
export function formatSources(statements: readonly StatementVerification[]): string {
  const closed = sum(statements.map((one) => one.closed));
  const fromBuckets = sum(statements.map((one) => one.fromBuckets));
  const drawn = sum(statements.map((one) => one.drawn));
  const fromEvents = sum(statements.map((one) => one.recomputed)) - closed - fromBuckets;
  const byLot = drawn === 0 ? '' : ` (${drawn} of them drawn by lot)`;
  return `open statements: ${fromBuckets} priced from the buckets of meters found equal above, ${fromEvents} from the events${byLot}; closed ones: ${closed} from the events as of their close`;
}

/** The last line: the whole in one sentence. */
export function formatSummary(meters: readonly MeterVerification[], statements: readonly StatementVerification[]): string {
  const buckets = sum(meters.map((meter) => meter.recomputed));
  const closed = sum(statements.map((one) => one.closed));
  const open = sum(statements.map((one) => one.recomputed)) - closed;
  const different = countDifferences(meters, statements);
  const what = `${buckets} buckets of ${meters.length} meters, ${open} open and ${closed} closed statements`;
  return different === 0 ? `equal: ${what} are what the events say` : `different: ${different} of ${what} are not what the events say`;
}

/** Of buckets and statements together. */
export function countDifferences(meters: readonly MeterVerification[], statements: readonly StatementVerification[]): number {
  return sum(meters.map((meter) => meter.different)) + sum(statements.map((one) => one.different.length));
}

function formatBucket({ subject, bucketStart, dimensions, stored, recomputed }: BucketDifference): string {
  const group = Object.keys(dimensions).length === 0 ? '' : ` ${JSON.stringify(dimensions)}`;
  return `${subject} ${bucketStart}${group}: ${formatChanges(stored, recomputed)}`;
}

/** What differs between two records, innermost members first by path; whole records where one of them is missing. */
function formatChanges(stored: unknown, recomputed: unknown): string {
  if (stored === null || stored === undefined) return `stored nothing, recomputed ${JSON.stringify(recomputed)}`;
  if (recomputed === null || recomputed === undefined) return `stored ${JSON.stringify(stored)}, recomputed nothing`;
  return findChanges(stored, recomputed, '')
    .map(({ path, was, is }) => `${path} stored ${JSON.stringify(was)}, recomputed ${JSON.stringify(is)}`)
    .join('; ');
}

interface Change {
  readonly path: string;
  readonly was: unknown;
  readonly is: unknown;
}

function findChanges(was: unknown, is: unknown, path: string): Change[] {
  if (isObject(was) && isObject(is)) {
    const members = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return members.flatMap((member) => findChanges(was[member], is[member], path === '' ? member : `${path}.${member}`));
  }
  return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ path, was, is }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
