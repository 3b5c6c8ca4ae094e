import { describe, expect, it } from '@jest/globals';
import { type Charge, DomainError, type PriceModel } from '@tallymark/domain';
import { checkMeters } from './check-meters.js';
import type { ChargedMeter } from './convert-charge.js';

const standard: PriceModel = { model: 'standard', unitAmount: '1' };
const byTransaction: PriceModel = {
  model: 'percentage',
  rate: '1',
  fixedAmount: '0',
  freeTransactions: 3,
  freeAmount: null,
  minPerTransaction: null,
  maxPerTransaction: null,
};
const requests: ChargedMeter = {
  aggregation: 'sum',
  recurring: false,
  amountProperty: null,
  groupBy: { region: '$.region', model: '$.model' },
};

function charge(changes: Partial<Charge>): Charge {
  return {
    metric: 'requests',
    name: 'Requests',
    meterCode: 'requests',
    unit: 'requests',
    unitSize: '1',
    includedUnits: '0',
    price: standard,
    minAmount: null,
    maxAmount: null,
    filters: [],
    pricingGroups: [],
    prorated: false,
    ...changes,
  };
}

const inRegion = (price: PriceModel) => [{ name: 'Europe', values: { region: ['eu'] }, includedUnits: '0', price }];

/** The places and codes of what is refused, none where nothing is. */
function refusedOf(changes: Partial<Charge>, meter: Partial<ChargedMeter>): string[] {
  const terms = {
    currency: 'USD',
    interval: 'monthly' as const,
    baseAmount: '0',
    minimumCommitment: null,
    trialDays: 0,
    charges: [charge(changes)],
  };
  try {
    checkMeters(terms, { meters: new Map([['requests', { ...requests, ...meter }]]), codes: ['requests'] });
    return [];
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.details.map(({ pointer, code }) => `${pointer ?? ''} ${code}`);
  }
}

describe('checkMeters', () => {
  it.each<[string, Partial<Charge>, Partial<ChargedMeter>]>([
    ['filters and groups by dimensions of the meter', { filters: inRegion(standard), pricingGroups: ['model'] }, {}],
    ['a price by transaction of a sum', { price: byTransaction }, {}],
    ['a dynamic price of a meter that reads amounts', { price: { model: 'dynamic' } }, { amountProperty: '$.cost' }],
    ['a dynamic price of a filter', { filters: inRegion({ model: 'dynamic' }) }, { amountProperty: '$.cost' }],
    ['a prorated recurring sum', { prorated: true }, { recurring: true }],
    ['a prorated unique count', { prorated: true }, { aggregation: 'unique_count' }],
    ['groups of a unique count', { pricingGroups: ['region'] }, { aggregation: 'unique_count' }],
    ['filters of a maximum', { filters: inRegion(standard) }, { aggregation: 'max' }],
    [
      'filters of a unique count that is grouped alike',
      { filters: inRegion(standard), pricingGroups: ['region'] },
      { aggregation: 'unique_count' },
    ],
  ])('accepts %s', (_case, changes, meter) => {
    expect(refusedOf(changes, meter)).toEqual([]);
  });

  it.each<[string, Partial<Charge>, Partial<ChargedMeter>, string[]]>([
    ['an unknown meter', { meterCode: 'request' }, {}, ['/charges/0/meter_code unknown_meter']],
    [
      'unknown dimensions',
      { filters: [{ name: 'Europe', values: { regions: ['eu'] }, includedUnits: '0', price: standard }], pricingGroups: ['model', 'tier'] },
      {},
      ['/charges/0/filters/0/values/regions unknown_dimension', '/charges/0/pricing_groups/1 unknown_dimension'],
    ],
    ['a dynamic price without amounts', { price: { model: 'dynamic' } }, {}, ['/charges/0/price no_amounts']],
    [
      'a dynamic price of a filter without amounts',
      { filters: inRegion({ model: 'dynamic' }) },
      {},
      ['/charges/0/filters/0/price no_amounts'],
    ],
    ['a price by transaction of a count', { price: byTransaction }, { aggregation: 'count' }, ['/charges/0/price no_transactions']],
    ['a price by transaction of a level', { price: byTransaction }, { recurring: true }, ['/charges/0/price no_transactions']],
    [
      'filters of a unique count',
      { filters: inRegion(standard), pricingGroups: ['model'] },
      { aggregation: 'unique_count' },
      ['/charges/0/filters/0/values not_divisible'],
    ],
    ['a prorated flow', { prorated: true }, {}, ['/charges/0/prorated not_standing']],
    ['a prorated count', { prorated: true }, { aggregation: 'count' }, ['/charges/0/prorated not_standing']],
    [
      'time that is prorated again',
      { prorated: true },
      { aggregation: 'time_weighted_sum', recurring: true },
      ['/charges/0/prorated not_standing'],
    ],
  ])('refuses %s', (_case, changes, meter, places) => {
    expect(refusedOf(changes, meter)).toEqual(places);
  });

  it('names near dimensions', () => {
    const terms = {
      currency: 'USD',
      interval: 'monthly' as const,
      baseAmount: '0',
      minimumCommitment: null,
      trialDays: 0,
      charges: [charge({ pricingGroups: ['regoin'] })],
    };
    expect(() => checkMeters(terms, { meters: new Map([['requests', requests]]), codes: ['requests'] })).toThrow(
      'received "regoin"; expected a dimension of the meter "requests", perhaps "region"',
    );
  });
});
