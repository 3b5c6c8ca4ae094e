import type { FoldMeter } from './fold-meter.js';
import { type FoldedRelations, type Writing, storeFold, touchedBy } from './fold-store.js';
import { bucketQueries } from './pass-buckets.js';
import { valuesQuery } from './pass-values.js';
import type { SqlParameters } from './sql-parameters.js';

export { FOLD_METER_COLUMNS, type FoldMeter } from './fold-meter.js';

/** A query, and the name by which others read it. */
export interface NamedQuery {
  readonly name: string;
  readonly query: string;
}

/** The sums of a pass, and all meters of the pass. */
export interface PassSums extends NamedQuery {
  readonly meters: readonly FoldMeter[];
}

/** What one pass over events comes to: named subqueries, and the relations among them that hold the fold. */
export interface FoldPass extends FoldedRelations {
  /** What the other subqueries build on. Left out where they build on the events alone, or on a table of this name. */
  readonly sums?: PassSums | undefined;
  readonly ctes: readonly string[];
}

/** What to pass over: events of one organization and one type, and the meters of that type that take them. */
export interface PassInput {
  /** Begins the names of its subqueries. */
  readonly name: string;
  readonly organizationId: string;
  readonly meters: readonly FoldMeter[];
  /** Which events `e` of the log count, and no others. */
  readonly condition: string;
  /** Whether the sums become a table before the rest is asked for, see `foldInSteps`. Default false. */
  readonly inSteps?: boolean;
  /** As `server_version_num`, such as 180004 for 18.4: older servers lack what is quickest. */
  readonly serverVersion: number;
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
  const buckets = summing.length > 0 ? bucketQueries({ ...input, meters: summing }, organization, parameters) : undefined;
  const values = counting.length > 0 ? valuesQuery({ ...input, meters: counting }, organization, parameters) : undefined;
  const relations = {
    buckets: buckets === undefined ? [] : [buckets.folded.name],
    values: values === undefined ? [] : [values.name],
  };
  return {
    sums: buckets && { ...buckets.sums, meters: input.meters },
    ctes: [buckets?.folded, values].flatMap((query) => (query === undefined ? [] : [subquery(query)])),
    ...relations,
    touched:
      buckets !== undefined && takesAll(input.meters)
        ? [`SELECT ${organization} AS organization_id, subject, bucket_start FROM ${buckets.sums.name}`]
        : [...relations.buckets, ...relations.values].map(touchedBy),
  };
}

/**
 * Whether the sums tell of all that is touched, so that nobody has to go through the values: a meter that sums and has no filters takes every event.
 */
export const takesAll = (meters: readonly FoldMeter[]): boolean =>
  meters.some(({ aggregation, filters }) => aggregation !== 'unique_count' && filters.length === 0);

const subquery = ({ name, query }: NamedQuery): string => `${name} AS (${query})`;

/** All subqueries of a pass, in the order in which they build on each other. */
export const subqueriesOf = ({ sums, ctes }: FoldPass): string[] => [...(sums === undefined ? [] : [subquery(sums)]), ...ctes];

/** The statement that adds what passes come to to the stored buckets. */
export function storePasses(passes: readonly FoldPass[], writing: Writing): string {
  return `WITH ${passes.flatMap(subqueriesOf).join(', ')}, ${storeFold(passes, writing)}`;
}

/**
 * For the rest of a transaction that stores passes. What is grouped is bounded by the number of events of a statement: to sort it because it might not fit into little memory takes twice as long. And however little
 * PostgreSQL knows of a log that grows this fast, it is to read the commits over their index.
 */
export const PASS_SETTINGS = `SELECT set_config('work_mem', '64MB', true), set_config('hash_mem_multiplier', '8', true), set_config('enable_seqscan', 'off', true)`;
