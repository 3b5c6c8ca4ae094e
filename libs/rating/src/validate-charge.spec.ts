import { describe, expect, it } from '@jest/globals';
import type { Charge, PriceModel, PriceTier } from '@tallymark/domain';
import { buildCharge, percentagePrice } from '../test/charge-builder.js';
import { validateCharge, validateCharges } from './index.js';

const standard: PriceModel = { model: 'standard', unitAmount: '1' };

function tier(upTo: string | null, changes: Partial<PriceTier> = {}): PriceTier {
  return { upTo, unitAmount: '1', flatAmount: '0', ...changes };
}

function graduated(...tiers: readonly PriceTier[]): PriceModel {
  return { model: 'graduated', tiers };
}

function problemsOf(charge: Charge, currency = 'USD'): string[] {
  return validateCharge(charge, currency).map((detail) => `${detail.pointer ?? detail.parameter} ${detail.code}`);
}

const europe = { name: 'Europe', values: { region: ['eu', 'uk'] }, includedUnits: '10', price: standard };

describe('validateCharge', () => {
  it.each<[string, Charge]>([
    ['standard', buildCharge(standard, { minAmount: '1', maxAmount: '1' })],
    ['graduated', buildCharge(graduated(tier('0.5'), tier('10'), tier(null)))],
    ['volume', buildCharge({ model: 'volume', tiers: [tier(null)] })],
    ['graduated percentage', buildCharge({ model: 'graduated_percentage', tiers: [{ upTo: null, rate: '1.5', flatAmount: '0' }] })],
    ['package', buildCharge({ model: 'package', packageSize: '3', packageAmount: '0.0001' })],
    [
      'percentage',
      buildCharge(percentagePrice('2.9', { fixedAmount: '0.3', freeTransactions: 0, minPerTransaction: '1', maxPerTransaction: '2' })),
    ],
    ['dynamic', buildCharge({ model: 'dynamic' })],
    [
      'filters and groups',
      buildCharge(standard, { filters: [europe, { ...europe, values: { region: ['eu'], model: ['small'] } }], pricingGroups: ['model'] }),
    ],
    ['unit sizes of twos and fives', buildCharge(standard, { unitSize: '1125899906842624' })],
    ['unit sizes below one', buildCharge(standard, { unitSize: '0.25' })],
  ])('accepts %s', (_case, charge) => {
    expect(validateCharge(charge, 'USD')).toEqual([]);
  });

  it.each<[string, Charge, string[]]>([
    ['a negative price', buildCharge({ model: 'standard', unitAmount: '-1' }), ['/price/unitAmount negative']],
    ['a price that is no number', buildCharge({ model: 'standard', unitAmount: '1,5' }), ['/price/unitAmount not_a_decimal']],
    ['a price of a thousand digits', buildCharge({ model: 'standard', unitAmount: '1e999' }), ['/price/unitAmount not_a_decimal']],
    ['a unit size with a third in it', buildCharge(standard, { unitSize: '3000' }), ['/unitSize not_exact']],
    ['a unit size of zero', buildCharge(standard, { unitSize: '0' }), ['/unitSize not_positive']],
    ['negative included units', buildCharge(standard, { includedUnits: '-1' }), ['/includedUnits negative']],
    ['included units with a dynamic price', buildCharge({ model: 'dynamic' }, { includedUnits: '1' }), ['/includedUnits not_with_dynamic']],
    ['a maximum below the minimum', buildCharge(standard, { minAmount: '2', maxAmount: '1' }), ['/maxAmount below_minimum']],
    [
      'bounds finer than a cent',
      buildCharge(standard, { minAmount: '0.001', maxAmount: '0.005' }),
      ['/minAmount too_precise', '/maxAmount too_precise'],
    ],
    ['no tiers', buildCharge(graduated()), ['/price/tiers tier_count']],
    [
      'too many tiers',
      buildCharge(graduated(...Array.from({ length: 100 }, (_, index) => tier(String(index + 1))), tier(null))),
      ['/price/tiers tier_count'],
    ],
    ['a bounded last tier', buildCharge(graduated(tier('1'), tier('2'))), ['/price/tiers/1/upTo not_open']],
    ['an open tier before the last', buildCharge(graduated(tier(null), tier(null))), ['/price/tiers/0/upTo not_bounded']],
    [
      'tiers that do not ascend',
      buildCharge(graduated(tier('5'), tier('5'), tier('4'), tier(null))),
      ['/price/tiers/1/upTo not_ascending', '/price/tiers/2/upTo not_ascending'],
    ],
    ['a first tier of nothing', buildCharge(graduated(tier('0'), tier(null))), ['/price/tiers/0/upTo not_positive']],
    [
      'tier amounts',
      buildCharge(graduated(tier(null, { unitAmount: '-1', flatAmount: 'x' }))),
      ['/price/tiers/0/unitAmount negative', '/price/tiers/0/flatAmount not_a_decimal'],
    ],
    [
      'tier rates',
      buildCharge({ model: 'graduated_percentage', tiers: [{ upTo: null, rate: '-1', flatAmount: '0' }] }),
      ['/price/tiers/0/rate negative'],
    ],
    [
      'packages of nothing',
      buildCharge({ model: 'package', packageSize: '0', packageAmount: '-1' }),
      ['/price/packageSize not_positive', '/price/packageAmount negative'],
    ],
    [
      'every member of a percentage',
      buildCharge(
        percentagePrice('x', {
          fixedAmount: '-1',
          freeTransactions: 1.5,
          freeAmount: '-1',
          minPerTransaction: '2',
          maxPerTransaction: '1',
        }),
      ),
      [
        '/price/rate not_a_decimal',
        '/price/fixedAmount negative',
        '/price/freeTransactions not_a_count',
        '/price/freeAmount negative',
        '/price/maxPerTransaction below_minimum',
      ],
    ],
    [
      'every member of a filter',
      buildCharge(standard, { filters: [{ name: ' ', values: {}, includedUnits: '-1', price: graduated(tier('5')) }] }),
      [
        '/filters/0/name blank',
        '/filters/0/values no_values',
        '/filters/0/includedUnits negative',
        '/filters/0/price/tiers/0/upTo not_open',
      ],
    ],
    [
      'a filter’s values',
      buildCharge(standard, { filters: [{ ...europe, values: { region: [], model: ['a', 'b', 'a'] } }] }),
      ['/filters/0/values/region value_count', '/filters/0/values/model/2 duplicate'],
    ],
    [
      'a filter that can take nothing, since one before it takes the same',
      buildCharge(standard, { filters: [europe, { ...europe, name: 'EU', values: { region: ['uk', 'eu'] } }] }),
      ['/filters/1/values duplicate'],
    ],
    [
      'included units with a dynamic price of a filter',
      buildCharge(standard, { filters: [{ ...europe, price: { model: 'dynamic' } }] }),
      ['/filters/0/includedUnits not_with_dynamic'],
    ],
    ['a group named twice', buildCharge(standard, { pricingGroups: ['region', 'region'] }), ['/pricingGroups/1 duplicate']],
    [
      'too many filters and groups',
      buildCharge(standard, {
        filters: Array.from({ length: 101 }, (_, index) => ({ ...europe, values: { region: [String(index)] } })),
        pricingGroups: Array.from({ length: 11 }, (_, index) => `dimension_${index}`),
      }),
      ['/filters filter_count', '/pricingGroups group_count'],
    ],
    [
      'names',
      buildCharge(standard, { metric: 'apiCalls', meterCode: 'a'.repeat(65), name: ' ', unit: '' }),
      ['/metric not_a_code', '/meterCode not_a_code', '/name blank', '/unit blank'],
    ],
  ])('finds all that is wrong with %s', (_case, charge, problems) => {
    expect(problemsOf(charge)).toEqual(problems);
  });

  it('names the currency as a parameter, and measures bounds by it', () => {
    expect(problemsOf(buildCharge(standard), 'usd')).toEqual(['currency not_a_currency']);
    expect(problemsOf(buildCharge(standard, { minAmount: '1.5' }), 'JPY')).toEqual(['/minAmount too_precise']);
    expect(problemsOf(buildCharge(standard, { minAmount: '1.005' }), 'KWD')).toEqual([]);
  });

  it('quotes what was received and what was expected', () => {
    const charge = buildCharge(graduated(tier('5'), tier('5'), tier(null)));
    expect(validateCharge(charge, 'USD')[0]?.message).toBe('received "5"; expected more than 5, where the tier before it ends');
  });
});

describe('validateCharges', () => {
  it('finds a metric that is priced twice, and points into the list', () => {
    const charges = [
      buildCharge(standard),
      buildCharge({ model: 'standard', unitAmount: '-1' }, { metric: 'seats' }),
      buildCharge(standard),
    ];
    expect(validateCharges(charges, 'USD')).toEqual([
      { pointer: '/1/price/unitAmount', code: 'negative', message: 'received "-1"; expected zero or more' },
      {
        pointer: '/2/metric',
        code: 'duplicate',
        message: 'received "api_calls" again, as in charge 0; expected each metric once in a plan version',
      },
    ]);
  });

  it('names a wrong currency once', () => {
    const charges = [buildCharge(standard), buildCharge(standard, { metric: 'seats' })];
    expect(validateCharges(charges, 'usd').map((detail) => detail.parameter)).toEqual(['currency']);
  });
});
