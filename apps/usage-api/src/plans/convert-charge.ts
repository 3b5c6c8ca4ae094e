import type { Charge, Meter } from '@tallymark/domain';
import type { ChargeBody, NewChargeBody } from './charge-schema.js';
import { priceFromBody, priceToBody } from './convert-price.js';

/** What of a meter decides about the charges that price it. */
export type ChargedMeter = Pick<Meter, 'aggregation' | 'recurring' | 'amountProperty' | 'groupBy'>;

/** @param meter undefined where there is none: the charge is refused later on. */
export function chargeFromBody(body: NewChargeBody, meter: ChargedMeter | undefined): Charge {
  return {
    metric: body.metric,
    name: body.name,
    meterCode: body.meter_code,
    unit: body.unit,
    unitSize: body.unit_size,
    includedUnits: body.included_units,
    price: priceFromBody(body.price),
    minAmount: body.min_amount,
    maxAmount: body.max_amount,
    filters: body.filters.map((filter) => ({
      name: filter.name,
      values: filter.values,
      includedUnits: filter.included_units,
      price: priceFromBody(filter.price),
    })),
    pricingGroups: body.pricing_groups,
    prorated: body.prorated ?? (meter?.recurring === true && meter.aggregation !== 'time_weighted_sum'),
  };
}

export function chargeToBody(charge: Charge): ChargeBody {
  return {
    metric: charge.metric,
    name: charge.name,
    meter_code: charge.meterCode,
    unit: charge.unit,
    unit_size: charge.unitSize,
    included_units: charge.includedUnits,
    price: priceToBody(charge.price),
    min_amount: charge.minAmount,
    max_amount: charge.maxAmount,
    filters: charge.filters.map((filter) => ({
      name: filter.name,
      values: Object.fromEntries(Object.entries(filter.values).map(([name, values]) => [name, [...values]])),
      included_units: filter.includedUnits,
      price: priceToBody(filter.price),
    })),
    pricing_groups: [...charge.pricingGroups],
    prorated: charge.prorated,
  };
}
