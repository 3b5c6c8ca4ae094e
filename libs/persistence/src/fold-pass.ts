import type { FoldMeter } from './fold-meter.js';
import { type FoldedRelations, type Writing, storeFold, touchedBy } from './fold-store.js';
import { bucketCtes } from './pass-buckets.js';
import { valuesCte } from './pass-values.js';
import type { SqlParameters } from './sql-parameters.js';

export { FOLD_METER_COLUMNS, type FoldMeter } from './fold-meter.js';

/** What one pass over events comes to: named subqueries, and the relations among them that hold the fold. */
export interface FoldPass extends FoldedRelations {
  readonly ctes: readonly string[];
}

/** What to pass over: events of one organization and one type, and the meters of that type that take them. */
export interface PassInput {
  /** Begins the names of its subqueries. */
  readonly name: string;
  readonly organizationId: string;
  readonly meters: readonly FoldMeter[];
  /** What follows FROM, with its WHERE: the events as `e`, those that count and no others. */
  readonly source: string;
}

/**
 * The fast way to fold, beside the general one of `foldOf`, and equal to it: each event is read once for all meters of its kind, not once for each.
 * Its values are summed up per subject, bucket and combination of all dimensions and filters that any of the meters has; what each meter makes of that
 * is computed from these few rows. Unique counts, which need each value, take a pass of their own for each value that is counted.
 *
 * The text depends on what meters look like, never on what is written in them: that is all parameters.
 */
export function foldPass(input: PassInput, parameters: SqlParameters): FoldPass {
  const counting = input.meters.filter(({ aggregation }) => aggregation === 'unique_count');
  const summing = input.meters.filter(({ aggregation }) => aggregation !== 'unique_count');
  const organization = parameters.add(input.organizationId, 'uuid');
  const buckets = summing.length > 0 ? [`${input.name}_folded`] : [];
  const values = counting.length > 0 ? [`${input.name}_values`] : [];
  // A meter without filters takes every event, so that the sums tell of all that is touched, and nobody has to go through the values.
  const takesAll = summing.some(({ filters }) => filters.length === 0);
  return {
    ctes: [
      ...(summing.length > 0 ? bucketCtes({ ...input, meters: summing }, organization, parameters) : []),
      ...(counting.length > 0 ? [valuesCte({ ...input, meters: counting }, organization, parameters)] : []),
    ],
    buckets,
    values,
    touched: takesAll
      ? [`SELECT ${organization} AS organization_id, subject, bucket_start FROM ${input.name}_finest`]
      : [...buckets, ...values].map(touchedBy),
  };
}

/** The statement that adds what passes come to to the stored buckets. */
export function storePasses(passes: readonly FoldPass[], writing: Writing): string {
  return `WITH ${passes.flatMap(({ ctes }) => ctes).join(', ')}, ${storeFold(passes, writing)}`;
}

/**
 * For the rest of a transaction that stores passes. What is grouped is bounded by the number of events of a statement: to sort it because it might not fit into little memory takes twice as long. And however little
 * PostgreSQL knows of a log that grows this fast, it is to read the commits over their index.
 */
export const PASS_SETTINGS = `SELECT set_config('work_mem', '64MB', true), set_config('hash_mem_multiplier', '8', true), set_config('enable_seqscan', 'off', true)`;
