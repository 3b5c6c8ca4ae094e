import { Window } from '@tallymark/date-window';
import {
  type Charge,
  type Decimal,
  type PriceModel,
  decimal,
  decimalFromInteger,
  formatDecimal,
  roundMoney,
  sumDecimals,
} from '@tallymark/domain';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  currency,
  amountText,
  quantity,
  graduated,
  graduatedPercentage,
  volume,
  percentage,
  perUnit,
  terms,
  anyCharge,
  anyUsage,
} from '../test/arbitraries.js';
import { buildCharge, percentagePrice } from '../test/charge-builder.js';
import {
  type UsedUnits,
  allocate,
  marginalAmount,
  parseStatementAmounts,
  prorate,
  rateCharge,
  rateStatement,
  serializeStatementAmounts,
  validateCharge,
} from './index.js';

function exactAmount(charge: Charge, usage: UsedUnits): Decimal {
  return sumDecimals(rateCharge(charge, usage, 'USD').details.map((detail) => detail.amount));
}

function expectEqual(received: Decimal, expected: Decimal): void {
  expect(formatDecimal(received)).toBe(formatDecimal(expected));
}

describe('for every charge and usage', () => {
  it('the charges tried are valid', () => {
    fc.assert(fc.property(anyCharge, currency, (charge, code) => expect(validateCharge(charge, code)).toEqual([])));
  });

  it('the details add up to the amount, each explains itself, and the amount is rounded once', () => {
    fc.assert(
      fc.property(anyCharge, anyUsage, currency, (charge, usage, code) => {
        const { amount, details } = rateCharge(charge, usage, code);
        expectEqual(amount, roundMoney(sumDecimals(details.map((detail) => detail.amount)), code));
        for (const detail of details) expectEqual(detail.amount, detail.quantity.times(detail.unitAmount).plus(detail.flatAmount));
      }),
    );
  });

  it('included used + overage = used, overage is not negative, and the amount is within its bounds', () => {
    fc.assert(
      fc.property(anyCharge, anyUsage, (charge, usage) => {
        const { included, used, overage, amount } = rateCharge(charge, usage, 'USD');
        const includedUsed = used.minus(overage);
        expectEqual(used.times(decimal(charge.unitSize)), usage.units);
        expect(overage.gte(decimal('0')) && includedUsed.gte(decimal('0')) && includedUsed.lte(included)).toBe(true);
        expect(overage.eq(decimal('0')) || includedUsed.eq(included)).toBe(true);
        expect(amount.gte(decimal(charge.minAmount ?? '0'))).toBe(true);
        expect(charge.maxAmount === null || amount.lte(decimal(charge.maxAmount))).toBe(true);
      }),
    );
  });

  it('the quantities of tiers add up to the overage', () => {
    fc.assert(
      fc.property(fc.oneof(graduated, graduatedPercentage, volume), fc.nat(500), quantity, (price, included, units) => {
        const { overage, details } = rateCharge(buildCharge(price, { includedUnits: String(included) }), { units }, 'USD');
        expectEqual(sumDecimals(details.map((detail) => detail.quantity)), overage);
      }),
    );
  });

  it('marginal amounts add up to the amount, its minimum aside', () => {
    fc.assert(
      fc.property(anyCharge, fc.array(quantity, { minLength: 1, maxLength: 6 }), (bounded, amounts) => {
        const charge = { ...bounded, minAmount: null };
        const after = (count: number): UsedUnits => {
          const seen = amounts.slice(0, count);
          return { units: sumDecimals(seen), transactions: { amounts: seen }, dynamicAmount: sumDecimals(seen) };
        };
        const added = amounts.map((_amount, index) => marginalAmount(charge, after(index), after(index + 1), 'USD'));
        const isUsed = after(amounts.length).units.gt(decimal('0'));
        expectEqual(sumDecimals(added), isUsed ? exactAmount(charge, after(amounts.length)) : decimal('0'));
      }),
    );
  });
});

describe('more usage', () => {
  it('never costs less in a standard, graduated, graduated percentage or package price, whatever the bounds', () => {
    fc.assert(
      fc.property(perUnit, terms, quantity, quantity, (price, given, units, more) => {
        const charge = buildCharge(price, given);
        expect(exactAmount(charge, { units: units.plus(more) }).gte(exactAmount(charge, { units }))).toBe(true);
      }),
    );
  });

  it('never costs less in a percentage price when a transaction is added, whatever is free or bounded', () => {
    fc.assert(
      fc.property(percentage, terms, fc.array(quantity, { maxLength: 6 }), quantity, (price, given, amounts, more) => {
        const charge = buildCharge(price, given);
        const cost = (list: readonly Decimal[]): Decimal =>
          exactAmount(charge, { units: sumDecimals(list), transactions: { amounts: list } });
        expect(cost([...amounts, more]).gte(cost(amounts))).toBe(true);
      }),
    );
  });

  it('costs no more once a maximum is reached: per charge, and per transaction of a percentage price', () => {
    const capped = buildCharge({ model: 'standard', unitAmount: '1' }, { maxAmount: '5' });
    const cappedEach = buildCharge(percentagePrice('10', { maxPerTransaction: '5' }));
    for (const units of ['50', '60', '1000'].map(decimal)) {
      expectEqual(exactAmount(capped, { units }), decimal('5'));
      expectEqual(exactAmount(cappedEach, { units, transactions: { amounts: [units] } }), decimal('5'));
    }
  });

  it('may cost less in a volume price alone, where a cheaper tier begins', () => {
    const price: PriceModel = {
      model: 'volume',
      tiers: [
        { upTo: '10', unitAmount: '2', flatAmount: '0' },
        { upTo: null, unitAmount: '1', flatAmount: '0' },
      ],
    };
    expectEqual(exactAmount(buildCharge(price), { units: decimal('10') }), decimal('20'));
    expectEqual(exactAmount(buildCharge(price), { units: decimal('11') }), decimal('11'));
  });
});

describe('sums of money', () => {
  it('the lines and the base add up to a statement’s total, which survives being stored', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyCharge, anyUsage), { maxLength: 4 }), amountText, currency, (rows, baseAmount, code) => {
        const charges = rows.map(([charge], index) => ({ ...charge, metric: `metric_${index}` }));
        const usageByMetric = new Map(rows.map(([, usage], index) => [`metric_${index}`, usage]));
        const planVersion = {
          id: 'v',
          planId: 'p',
          planCode: 'p',
          planName: 'P',
          version: 1,
          currency: code,
          interval: 'monthly' as const,
          baseAmount,
          minimumCommitment: null,
          trialDays: 0,
          charges,
        };
        const amounts = rateStatement({ planVersion, usageByMetric });
        expectEqual(amounts.total, amounts.base.plus(sumDecimals(amounts.lines.map((line) => line.amount))));
        expectEqual(amounts.total, roundMoney(amounts.total, code));
        const json: unknown = JSON.parse(JSON.stringify(serializeStatementAmounts(amounts)));
        expect(parseStatementAmounts(json)).toEqual(amounts);
      }),
    );
  });

  it('prorated parts that tile a window add up to the whole', () => {
    const instants = fc
      .uniqueArray(fc.integer({ min: 0, max: 10_000_000_000 }), { minLength: 2, maxLength: 9 })
      .map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(amountText, instants, currency, (text, instantsMs, code) => {
        const window = (from: number | undefined, to: number | undefined): Window => Window.of(new Date(from ?? NaN), new Date(to ?? NaN));
        const whole = window(instantsMs[0], instantsMs.at(-1));
        const parts = instantsMs.slice(1).map((to, index) => prorate(decimal(text), window(instantsMs[index], to), whole, code));
        expectEqual(sumDecimals(parts), roundMoney(decimal(text), code));
        expect(parts.every((part) => part.gte(decimal('0')))).toBe(true);
      }),
    );
  });

  it('allocated parts add up to the whole, each within a minor unit of its share', () => {
    const weights = fc.array(quantity, { minLength: 1, maxLength: 8 }).filter((list) => list.some((weight) => weight.gt(decimal('0'))));
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), weights, (cents, parts) => {
        const total = decimalFromInteger(cents).times(decimal('0.01'));
        const allocated = allocate(total, parts, 'USD');
        expectEqual(sumDecimals(allocated), total);
        for (const [index, part] of allocated.entries()) {
          const share = total.times(parts[index] ?? decimal('0')).div(sumDecimals(parts));
          expect(part.minus(share).abs().lt(decimal('0.01'))).toBe(true);
        }
      }),
    );
  });
});
