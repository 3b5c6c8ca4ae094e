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
