import type { LagoCharge, LagoSequence } from './lago-records.js';
import type { OpenMeterRecord } from './openmeter-records.js';

/**
 * A kind of case that does not bind us, and why.
 *
 * Of the cases that do, these members are not compared: `unit_amount`, an average over free and paid units that explains no price, as our details
 * do; `per_unit_amount` of a tier without units, shown as zero there and as the tier's price here; the numbers of free and paid units and
 * events, which our details word otherwise; amounts with taxes, which are not ours.
 */
export interface NotApplied<Row> {
  readonly reason: string;
  readonly applies: (row: Row) => boolean;
}

export const LAGO_CHARGES_NOT_APPLIED: readonly NotApplied<LagoCharge>[] = [
  {
    reason:
      'units held for a part of the period are counted by a time-weighted meter, so a price never sees prorated units beside full ones',
    applies: (row) => row.model === 'prorated_graduated',
  },
  { reason: 'we run no code of a customer’s own to price usage', applies: (row) => row.model === 'custom' },
  {
    reason: 'bounds per transaction are behind no licence',
    applies: (row) => row.premium === false && row.properties.per_transaction_max_amount !== undefined,
  },
];

export const LAGO_SEQUENCES_NOT_APPLIED: readonly NotApplied<LagoSequence>[] = [
  { reason: 'units held for a part of the period are counted by a time-weighted meter', applies: (row) => row.prorated === true },
  {
    reason: 'usage is billed when the period ends, so what a correction takes back is taken back, and not kept because it was once charged',
    applies: (row) => row.steps.some((step) => step.event_value?.startsWith('-')),
  },
];

/** Run against PostgreSQL in `libs/persistence/src/meter-vectors.int-spec.ts`, which leaves out these. */
export const LAGO_AGGREGATIONS_NOT_APPLIED: Readonly<Record<string, string>> = {
  'agg-32': 'a unit that is held for a part of a day is weighed by that part: no day is rounded up',
};

export const OPENMETER_NOT_APPLIED: readonly NotApplied<OpenMeterRecord>[] = [
  { reason: 'there are no percentage discounts', applies: (row) => row.input.percentDiscount !== undefined },
  {
    reason: 'converted units are exact: rounding them up is what packages are for',
    applies: (row) => row.area === 'unit_conversion' && row.input.unitConfig !== null,
  },
  {
    reason: 'volume charges are not billed within a period; their marginal amounts follow the price',
    applies: (row) => row.area === 'pricing_tiered_volume' && row.input.line === 'midSplit',
  },
  { reason: 'a base amount is not split by usage', applies: (row) => row.area === 'pricing_flat' && row.input.line === 'midSplit' },
  {
    reason: 'whether an amount is prorated is the caller’s choice',
    applies: (row) => row.area === 'proration' && row.input.enabled === false,
  },
  {
    reason: 'a window is never empty; covering no time would owe nothing, not all',
    applies: (row) => row.input.servicePeriod !== undefined && row.input.servicePeriod[0] === row.input.servicePeriod[1],
  },
];

/** Where the cases of the areas that are not about prices are run, or why they are not run. */
export const AREAS_ELSEWHERE: Readonly<Record<string, string>> = {
  aggregations: 'against PostgreSQL in libs/persistence',
  metric_rounding: 'against PostgreSQL in libs/persistence',
  billing_periods: 'in libs/date-window',
  billing_days: 'in libs/date-window',
  period: 'in libs/date-window',
  progressive_billing_thresholds: 'nothing is billed before the period ends',
  alert_thresholds: 'there are no alerts on usage',
  threshold: 'there are no alerts on usage',
  credit_engine: 'there are no prepaid credits',
  credit_reset: 'there are no prepaid credits',
  grant_order: 'there are no prepaid credits',
  entitlement: 'there are no entitlements',
  ingest: 'about the reading of requests and events of another service; ours are tested with apps/ingest',
  event_parse: 'about the reading of requests and events of another service; ours are tested with apps/ingest',
  dedupe: 'about the reading of requests and events of another service; ours are tested with apps/ingest',
  aggregate: 'against PostgreSQL in libs/persistence/src/openmeter-vectors.int-spec.ts',
  query_validation: 'about the answers of another service’s queries; ours are tested with apps/usage-api and libs/persistence',
  window:
    'events out of order against PostgreSQL in libs/persistence/src/openmeter-vectors.int-spec.ts; the others are not run: they are about windows of a minute, where our shortest has 15, and about rows or sums in whole minutes, where ours end with the query',
  meter_query:
    'not run: the form of another service’s rows. Ours, by subject, as CSV, and in days of zones that change their clocks, are tested in apps/usage-api/test/tabulate-usage.e2e-spec.ts and get-usage.e2e-spec.ts',
  as_of:
    'not run: usage is not asked for by ranges of receipt. What had been counted at the close of a statement is tested in libs/persistence/src/closing.int-spec.ts',
};
