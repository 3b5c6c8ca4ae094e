import { describe, expect, it } from '@jest/globals';
import { type Charge, type ChargeFilter, type PriceDetail, type PriceModel, decimal, formatDecimal } from '@tallymark/domain';
import fc from 'fast-check';
import { buildCharge, percentagePrice } from '../test/charge-builder.js';
import { type UsagePart, priceOf, rateCharge, requiredDimensions, requiredTransactions, requiresDynamicAmount } from './index.js';

const perUnit = (unitAmount: string): PriceModel => ({ model: 'standard', unitAmount });
const filter = (name: string, values: ChargeFilter['values'], price: PriceModel, includedUnits = '0'): ChargeFilter => ({
  name,
  values,
  price,
  includedUnits,
});

const europe = filter('Europe', { region: ['eu', 'uk'] }, perUnit('2'));
const asia = filter('Asia', { region: ['jp'] }, perUnit('3'), '10');
const europeFast = filter('Europe, fast', { region: ['eu'], tier: ['fast'] }, perUnit('5'));
const fast = filter('fast', { tier: ['fast'] }, perUnit('7'));
const regional = buildCharge(perUnit('1'), { filters: [europe, asia, europeFast, fast] });
const tiered: PriceModel = {
  model: 'graduated',
  tiers: [
    { upTo: '10', unitAmount: '1', flatAmount: '100' },
    { upTo: null, unitAmount: '0.5', flatAmount: '0' },
  ],
};

type Part = readonly [dimensions: Readonly<Record<string, string | null>>, units: string];

function usageOf(parts: readonly Part[]): { parts: UsagePart[] } {
  return { parts: parts.map(([dimensions, units]) => ({ dimensions, units: decimal(units) })) };
}

function print({ description, quantity, unitAmount, flatAmount, dimensions }: PriceDetail): string {
  const values = Object.entries(dimensions).map(([name, value]) => ` ${name}=${value ?? 'none'}`);
  return `${description}: ${formatDecimal(quantity)} × ${formatDecimal(unitAmount)} + ${formatDecimal(flatAmount)}${values.join('')}`;
}

describe('usage with these dimensions pays the price of', () => {
  it.each<[string, Readonly<Record<string, string | null>>, string | null]>([
    ['the filter that lists its value', { region: 'uk', tier: 'slow' }, 'Europe'],
    ['the filter that names more dimensions, though it comes later', { region: 'eu', tier: 'fast' }, 'Europe, fast'],
    ['the earlier of two filters that name as many', { region: 'jp', tier: 'fast' }, 'Asia'],
    ['a filter by another dimension', { region: 'us', tier: 'fast' }, 'fast'],
    ['the charge, where no filter lists the value', { region: 'us', tier: 'slow' }, null],
    ['the charge, where the events lack the dimension', { region: null, tier: null }, null],
    ['the charge, where nothing is known of the dimensions', {}, null],
  ])('%s: %j', (_case, dimensions, name) => {
    expect(priceOf(regional, dimensions).filter?.name ?? null).toBe(name);
  });
});

describe('a charge with more than one price', () => {
  it.each<{ case: string; charge: Charge; parts: readonly Part[]; line: string; details: readonly string[] }>([
    {
      case: 'adds up what one filter takes, and prices the rest at its own',
      charge: regional,
      parts: [
        [{ region: 'us', tier: null }, '4'],
        [{ region: 'eu', tier: null }, '2'],
        [{ region: 'uk', tier: null }, '3'],
      ],
      line: '9 of 10, overage 9 = 14',
      details: ['Europe: units: 5 × 2 + 0', 'units: 4 × 1 + 0'],
    },
    {
      case: 'takes the units that a filter includes off its usage alone',
      charge: regional,
      parts: [
        [{ region: 'jp', tier: 'slow' }, '12'],
        [{ region: 'us', tier: 'slow' }, '4'],
      ],
      line: '16 of 10, overage 6 = 10',
      details: ['Asia: units: 2 × 3 + 0 region=jp', 'units: 4 × 1 + 0'],
    },
    {
      case: 'begins tiers and included units again in each group, in the order of their values',
      charge: buildCharge(tiered, { pricingGroups: ['model'], includedUnits: '5' }),
      parts: [
        [{ model: 'large' }, '20'],
        [{ model: null }, '6'],
        [{ model: 'small' }, '5'],
      ],
      line: '31 of 15, overage 16 = 213.5',
      details: [
        'tier up to 10: 10 × 1 + 100 model=large',
        'tier over 10: 5 × 0.5 + 0 model=large',
        'tier up to 10: 1 × 1 + 100 model=none',
      ],
    },
    {
      case: 'prices by filter and group at once',
      charge: buildCharge(perUnit('1'), { filters: [asia, europe], pricingGroups: ['model'] }),
      parts: [
        [{ region: 'jp', model: 'b' }, '11'],
        [{ region: 'jp', model: 'a' }, '13'],
        [{ region: 'us', model: 'a' }, '1'],
      ],
      line: '25 of 20, overage 5 = 13',
      details: ['Asia: units: 3 × 3 + 0 region=jp model=a', 'Asia: units: 1 × 3 + 0 region=jp model=b', 'units: 1 × 1 + 0 model=a'],
    },
    {
      case: 'owes its own first tier’s flat amount once, even when filters take all usage, so that use by a filter never costs less than none',
      charge: buildCharge(tiered, { filters: [europe] }),
      parts: [[{ region: 'eu' }, '1']],
      line: '1 of 0, overage 1 = 102',
      details: ['Europe: units: 1 × 2 + 0', 'tier up to 10: 0 × 1 + 100'],
    },
    {
      case: 'owes a filter’s first tier’s flat amount only once the filter takes something',
      charge: buildCharge(perUnit('1'), { filters: [{ ...europe, price: tiered }] }),
      parts: [],
      line: '0 of 0, overage 0 = 0',
      details: [],
    },
    {
      case: 'includes what its filters include, used or not',
      charge: buildCharge(perUnit('1'), { filters: [{ ...asia, includedUnits: '5' }], includedUnits: '10' }),
      parts: [[{ region: 'us' }, '4']],
      line: '4 of 15, overage 0 = 0',
      details: [],
    },
    {
      case: 'includes as much once the filter takes something',
      charge: buildCharge(perUnit('1'), { filters: [{ ...asia, includedUnits: '5' }], includedUnits: '10' }),
      parts: [
        [{ region: 'us' }, '4'],
        [{ region: 'jp' }, '6'],
      ],
      line: '10 of 15, overage 1 = 3',
      details: ['Asia: units: 1 × 3 + 0 region=jp'],
    },
    {
      case: 'owes nothing of the first tier of an unused filter that includes units',
      charge: buildCharge(perUnit('1'), { filters: [{ ...asia, price: tiered }] }),
      parts: [],
      line: '0 of 10, overage 0 = 0',
      details: [],
    },
    {
      case: 'includes the units of a filter once where it has no group, else once per group',
      charge: buildCharge(perUnit('1'), {
        filters: [asia, { ...europe, includedUnits: '7' }],
        pricingGroups: ['model'],
        includedUnits: '1',
      }),
      parts: [
        [{ region: 'jp', model: 'a' }, '3'],
        [{ region: 'jp', model: 'b' }, '4'],
      ],
      line: '7 of 28, overage 0 = 0',
      details: [],
    },
    {
      case: 'has one minimum and one maximum over all its prices',
      charge: { ...regional, maxAmount: '12' },
      parts: [
        [{ region: 'eu', tier: null }, '5'],
        [{ region: 'us', tier: null }, '4'],
      ],
      line: '9 of 10, overage 9 = 12',
      details: ['Europe: units: 5 × 2 + 0', 'units: 4 × 1 + 0', 'maximum spend cap: 0 × 0 + -2'],
    },
    {
      case: 'bills a filter’s usage below zero as zero, without setting it off against others',
      charge: regional,
      parts: [
        [{ region: 'eu', tier: null }, '-5'],
        [{ region: 'us', tier: null }, '4'],
      ],
      line: '4 of 10, overage 4 = 4',
      details: ['units: 4 × 1 + 0'],
    },
  ])('$case', ({ charge, parts, line: expected, details }) => {
    const line = rateCharge(charge, usageOf(parts), 'USD');
    const summary = `${formatDecimal(line.used)} of ${formatDecimal(line.included)}, overage ${formatDecimal(line.overage)} = ${formatDecimal(line.amount)}`;
    expect({ line: summary, details: line.details.map(print) }).toEqual({ line: expected, details });
  });

  it('always includes the same, and included used + overage = used', () => {
    const units = fc.nat(40);
    fc.assert(
      fc.property(
        fc.tuple(units, units, units),
        fc.tuple(fc.option(units), fc.option(units), fc.option(units)),
        ([forEurope, forAsia, own], used) => {
          const filters = [
            { ...europe, includedUnits: String(forEurope) },
            { ...asia, includedUnits: String(forAsia) },
          ];
          const charge = buildCharge(perUnit('1'), { filters, includedUnits: String(own) });
          const parts = ['eu', 'jp', 'us'].flatMap((region, index): Part[] =>
            typeof used[index] === 'number' ? [[{ region }, String(used[index])]] : [],
          );
          const line = rateCharge(charge, usageOf(parts), 'USD');
          const includedUsed = [forEurope, forAsia, own].map((most, index) => Math.min(used[index] ?? 0, most));
          const sum = (list: readonly (number | null)[]): string => String(list.reduce<number>((all, one) => all + (one ?? 0), 0));
          expect(formatDecimal(line.included)).toBe(sum([forEurope, forAsia, own]));
          expect(formatDecimal(line.used)).toBe(sum(used));
          expect(formatDecimal(line.used.minus(line.overage))).toBe(sum(includedUsed));
        },
      ),
    );
  });

  it('refuses one sum, since nobody knows which price it pays', () => {
    expect(() => rateCharge(regional, { units: decimal('3') }, 'USD')).toThrow(
      'usage of charge "api_calls": received one sum of 3 units; expected parts by "region", "tier"',
    );
  });

  it('is unused without parts', () => {
    expect(formatDecimal(rateCharge(regional, { units: decimal('0') }, 'USD').amount)).toBe('0');
  });

  it('prices transactions of one price in the order of the parts', () => {
    const charge = buildCharge(percentagePrice('10', { freeTransactions: 1 }), { filters: [{ ...europe, price: percentagePrice('50') }] });
    const parts = (['100', '7', '20'] as const).map((amount, index) => ({
      dimensions: { region: index === 1 ? 'eu' : index === 0 ? 'us' : 'br' },
      units: decimal(amount),
      transactions: { amounts: [decimal(amount)] },
    }));
    expect(rateCharge(charge, { parts }, 'USD').details.map(print)).toEqual([
      'Europe: 50 % of the amount: 7 × 0.5 + 0',
      'free amount: 100 × 0 + 0',
      '10 % of the amount: 20 × 0.1 + 0',
    ]);
  });

  it('adds the amounts that events bear, per filter', () => {
    const charge = buildCharge({ model: 'dynamic' }, { filters: [{ ...europe, price: perUnit('2') }] });
    const parts = (['us', 'eu', 'br'] as const).map((region) => ({
      dimensions: { region },
      units: decimal('3'),
      dynamicAmount: decimal('0.11'),
    }));
    expect(rateCharge(charge, { parts }, 'USD').details.map(print)).toEqual([
      'Europe: units: 3 × 2 + 0',
      'amounts of the events: 6 × 0 + 0.22',
    ]);
  });
});

describe('what a charge has to know', () => {
  const byTransaction = percentagePrice('1', { minPerTransaction: '1' });
  it.each<[string, Charge, ReturnType<typeof requiredTransactions>, boolean, readonly string[]]>([
    ['one price per unit', buildCharge(perUnit('1')), 'none', false, []],
    [
      'filters and groups, each dimension once',
      { ...regional, pricingGroups: ['tier', 'model'] },
      'none',
      false,
      ['region', 'tier', 'model'],
    ],
    [
      'a filter by transaction',
      buildCharge(perUnit('1'), { filters: [{ ...europe, price: byTransaction }] }),
      'amounts',
      false,
      ['region'],
    ],
    [
      'a fixed amount, which free units of a filter divide',
      buildCharge(percentagePrice('1', { fixedAmount: '1' }), {
        filters: [{ ...europe, price: percentagePrice('1', { fixedAmount: '1' }), includedUnits: '5' }],
      }),
      'amounts',
      false,
      ['region'],
    ],
    ['a fixed amount', buildCharge(percentagePrice('1', { fixedAmount: '1' }), { filters: [europe] }), 'count', false, ['region']],
    [
      'a filter by the events’ amounts',
      buildCharge(perUnit('1'), { filters: [{ ...europe, price: { model: 'dynamic' } }] }),
      'none',
      true,
      ['region'],
    ],
  ])('%s', (_case, charge, transactions, isDynamic, dimensions) => {
    expect([requiredTransactions(charge), requiresDynamicAmount(charge), requiredDimensions(charge)]).toEqual([
      transactions,
      isDynamic,
      dimensions,
    ]);
  });
});
