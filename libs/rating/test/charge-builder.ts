import type { Charge, PriceModel } from '@tallymark/domain';

/** A charge without included units or bounds, priced per meter unit, but for what is given. */
export function buildCharge(price: PriceModel, changes: Partial<Omit<Charge, 'price'>> = {}): Charge {
  return {
    metric: 'api_calls',
    name: 'API Calls',
    meterCode: 'api_calls',
    unit: 'requests',
    unitSize: '1',
    includedUnits: '0',
    minAmount: null,
    maxAmount: null,
    filters: [],
    pricingGroups: [],
    prorated: false,
    ...changes,
    price,
  };
}

/** A percentage price without anything free or bounded, but for what is given. */
export function percentagePrice(
  rate: string,
  changes: Partial<Omit<Extract<PriceModel, { model: 'percentage' }>, 'model' | 'rate'>> = {},
): PriceModel {
  return {
    model: 'percentage',
    rate,
    fixedAmount: '0',
    freeTransactions: null,
    freeAmount: null,
    minPerTransaction: null,
    maxPerTransaction: null,
    ...changes,
  };
}
