import { type Aggregation, type Charge, DomainError, type ErrorDetail } from '@tallymark/domain';
import { requiredTransactions } from '@tallymark/rating';
import type { ChargedMeter } from './convert-charge.js';
import { nearMatches } from './near-matches.js';

/** The parts of such a meter's usage say nothing of the whole: who was there today and yesterday is one. */
const NOT_DIVISIBLE: readonly Aggregation[] = ['unique_count', 'avg', 'latest'];

/** What an organization measures, as far as its plans price it. */
export interface KnownMeters {
  /** Those that the charges name, by code. */
  readonly meters: ReadonlyMap<string, ChargedMeter>;
  /** Of all meters. */
  readonly codes: readonly string[];
}

/**
 * Refuses prices that nobody could compute when the plan is made, and not when the bill is due.
 *
 * @throws DomainError `unprocessable` that points to everything in the charges that their meters do not measure, with what may have been meant.
 */
export function checkMeters({ charges }: { readonly charges: readonly Charge[] }, { meters, codes }: KnownMeters): void {
  const details = charges.flatMap((charge, index) => {
    const at = `/charges/${index}`;
    const meter = meters.get(charge.meterCode);
    if (meter === undefined)
      return [unknown(`${at}/meter_code`, charge.meterCode, { of: 'the code of a meter', code: 'unknown_meter', codes })];
    return [
      ...checkDimensions(charge, meter, at),
      ...checkDivision(charge, meter, at),
      ...pricesOf(charge, at).flatMap((price) => checkPrice(price, meter)),
      ...checkProrated(charge, meter, at),
    ];
  });
  const [first] = details;
  if (first !== undefined) throw new DomainError('unprocessable', `${first.pointer ?? ''}: ${first.message}`, { details });
}

function checkDimensions(charge: Charge, { groupBy }: ChargedMeter, at: string): ErrorDetail[] {
  const named = [
    ...charge.filters.flatMap((filter, index) =>
      Object.keys(filter.values).map((name) => ({ name, pointer: `${at}/filters/${index}/values/${name}` })),
    ),
    ...charge.pricingGroups.map((name, index) => ({ name, pointer: `${at}/pricing_groups/${index}` })),
  ];
  const codes = Object.keys(groupBy);
  const expected = { of: `a dimension of the meter ${JSON.stringify(charge.meterCode)}`, code: 'unknown_dimension', codes };
  return named.filter(({ name }) => !codes.includes(name)).map(({ name, pointer }) => unknown(pointer, name, expected));
}

/** What does not add up can be priced by filter only where each combination of values is priced for itself. */
function checkDivision(charge: Charge, { aggregation }: ChargedMeter, at: string): ErrorDetail[] {
  if (!NOT_DIVISIBLE.includes(aggregation)) return [];
  return charge.filters.flatMap((filter, index) => {
    const missing = Object.keys(filter.values).filter((name) => !charge.pricingGroups.includes(name));
    if (missing.length === 0) return [];
    const message = `received filters by ${missing.map((name) => JSON.stringify(name)).join(', ')} of a meter that aggregates ${aggregation}; expected the same in pricing_groups, since its values do not add up`;
    return [{ pointer: `${at}/filters/${index}/values`, code: 'not_divisible', message }];
  });
}

interface PlacedPrice extends Pick<Charge, 'price' | 'includedUnits'> {
  readonly charge: Charge;
  readonly pointer: string;
}

function pricesOf(charge: Charge, at: string): PlacedPrice[] {
  const filters = charge.filters.map((filter, index) => ({ ...filter, charge, pointer: `${at}/filters/${index}/price` }));
  return [{ ...charge, charge, pointer: `${at}/price` }, ...filters];
}

function checkPrice({ charge, price, includedUnits, pointer }: PlacedPrice, meter: ChargedMeter): ErrorDetail[] {
  if (price.model === 'dynamic') {
    if (meter.amountProperty !== null) return [];
    const message = `received the model "dynamic" on the meter ${JSON.stringify(charge.meterCode)}; expected a meter with amount_property, which says what the events cost`;
    return [{ pointer, code: 'no_amounts', message }];
  }
  const isByTransaction = requiredTransactions({ ...charge, price, includedUnits, filters: [] }) === 'amounts';
  if (!isByTransaction || (meter.aggregation === 'sum' && !meter.recurring)) return [];
  const message = `received a price that looks at each transaction on a ${meter.recurring ? 'recurring ' : ''}meter that aggregates ${meter.aggregation}; expected sum, not recurring`;
  return [{ pointer, code: 'no_transactions', message }];
}

/** A part of a period owes a part of what stood in it; what flowed in it, or is weighed by time, is a part already. */
function checkProrated(charge: Charge, meter: ChargedMeter, at: string): ErrorDetail[] {
  const isFlow = meter.aggregation === 'count' || (meter.aggregation === 'sum' && !meter.recurring);
  if (!charge.prorated || !(isFlow || meter.aggregation === 'time_weighted_sum')) return [];
  const received = `received true on a ${meter.recurring ? 'recurring ' : ''}meter that aggregates ${meter.aggregation}`;
  return [{ pointer: `${at}/prorated`, code: 'not_standing', message: `${received}; expected false, since it measures less in less time` }];
}

function unknown(
  pointer: string,
  received: string,
  { of, code, codes }: { readonly of: string; readonly code: string; readonly codes: readonly string[] },
): ErrorDetail {
  const near = nearMatches(received, codes);
  const perhaps = near.length === 0 ? '' : `, perhaps ${near.map((one) => JSON.stringify(one)).join(' or ')}`;
  return { pointer, code, message: `received ${JSON.stringify(received)}; expected ${of}${perhaps}` };
}
