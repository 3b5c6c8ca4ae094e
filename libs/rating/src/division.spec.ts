import { Window } from '@tallymark/date-window';
import {
  type Charge,
  type ChargeFilter,
  type Decimal,
  type PriceModel,
  decimal,
  formatDecimal,
  roundMoney,
  sumDecimals,
} from '@tallymark/domain';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amountText, anyCharge, currency, perUnit, quantity, terms } from '../test/arbitraries.js';
import { buildCharge } from '../test/charge-builder.js';
import { type UsagePart, priceOf, rateCharge, rateStatement, validateCharge } from './index.js';

const REGIONS = ['eu', 'us', 'jp'] as const;
const MODELS = ['small', 'large'] as const;

const values = fc
  .record({ region: fc.option(fc.subarray([...REGIONS], { minLength: 1 })), model: fc.option(fc.subarray([...MODELS], { minLength: 1 })) })
  .filter(({ region, model }) => region !== null || model !== null)
  .map(({ region, model }): ChargeFilter['values'] => ({ ...(region ? { region } : {}), ...(model ? { model } : {}) }));
const filters = fc.array(fc.record({ name: fc.constant('filter'), values, includedUnits: fc.nat(50).map(String), price: perUnit }), {
  maxLength: 4,
});
const dividedCharge = fc
  .tuple(perUnit, terms, filters, fc.subarray(['region', 'model']))
  .map(([price, given, list, pricingGroups]) => buildCharge(price, { ...given, filters: list, pricingGroups }))
  .filter((charge) => validateCharge(charge, 'USD').length === 0);
const part: fc.Arbitrary<UsagePart> = fc.record({
  dimensions: fc.record({ region: fc.constantFrom(...REGIONS, null), model: fc.constantFrom(...MODELS, null) }),
  units: quantity,
});
const parts = fc.array(part, { maxLength: 8 });

/** Without the rounding, so that what follows from the price is seen, and not hidden by it. */
function exactAmount(charge: Charge, list: readonly UsagePart[]): Decimal {
  return sumDecimals(rateCharge(charge, { parts: list }, 'USD').details.map((detail) => detail.amount));
}

function expectEqual(received: Decimal, expected: Decimal): void {
  expect(formatDecimal(received)).toBe(formatDecimal(expected));
}

describe('filters and groups', () => {
  it('partition usage: what is used, what is over, and the details add up as if there were one price', () => {
    fc.assert(
      fc.property(dividedCharge, parts, (charge, list) => {
        const line = rateCharge(charge, { parts: list }, 'USD');
        expectEqual(line.used.times(decimal(charge.unitSize)), sumDecimals(list.map(({ units }) => units)));
        expect(line.overage.gte(line.used.minus(line.included)) && line.overage.lte(line.used)).toBe(true);
        expectEqual(line.amount, roundMoney(sumDecimals(line.details.map(({ amount }) => amount)), 'USD'));
      }),
    );
  });

  it('leave the amount as it is where every price is the same per unit', () => {
    fc.assert(
      fc.property(dividedCharge, parts, amountText, (divided, list, unitAmount) => {
        const price: PriceModel = { model: 'standard', unitAmount };
        const same = { price, includedUnits: '0' };
        const charge = { ...divided, ...same, filters: divided.filters.map((filter) => ({ ...filter, ...same })) };
        const whole = { units: sumDecimals(list.map(({ units }) => units)) };
        expectEqual(
          rateCharge(charge, { parts: list }, 'USD').amount,
          rateCharge({ ...charge, filters: [], pricingGroups: [] }, whole, 'USD').amount,
        );
      }),
    );
  });

  it('give each part one price, which takes it, and no filter that takes it names more dimensions', () => {
    fc.assert(
      fc.property(dividedCharge, part, (charge, { dimensions }) => {
        const { filter } = priceOf(charge, dimensions);
        const takes = (one: ChargeFilter): boolean =>
          Object.entries(one.values).every(([name, listed]) => listed.includes(dimensions[name] ?? ''));
        const named = (one: ChargeFilter | null): number => (one === null ? 0 : Object.keys(one.values).length);
        expect(filter === null || takes(filter)).toBe(true);
        expect(charge.filters.every((one) => !takes(one) || named(one) <= named(filter))).toBe(true);
      }),
    );
  });

  it('do not depend on the order or the fineness of the parts', () => {
    fc.assert(
      fc.property(dividedCharge, parts, (charge, list) => {
        const halves = list.flatMap((one) =>
          [one, one].map(({ dimensions, units }) => ({ dimensions, units: units.times(decimal('0.5')) })),
        );
        expect(rateCharge(charge, { parts: halves.reverse() }, 'USD')).toEqual(rateCharge(charge, { parts: list }, 'USD'));
      }),
    );
  });

  it('never make more usage cost less, whichever price it falls to', () => {
    fc.assert(
      fc.property(dividedCharge, parts, part, (charge, list, more) => {
        expect(exactAmount(charge, [...list, more]).gte(exactAmount(charge, list))).toBe(true);
      }),
    );
  });
});

it('the parts of a billing period owe base, commitment and prorated charges as the whole does', () => {
  const cuts = fc
    .uniqueArray(fc.integer({ min: 1, max: 2_678_399 }), { maxLength: 4 })
    .map((list) => [0, ...list.sort((a, b) => a - b), 2_678_400]);
  const units = quantity;
  fc.assert(
    fc.property(anyCharge, units, amountText, cuts, currency, (given, used, baseAmount, seconds, code) => {
      // Prices that look at transactions need them; here is only a quantity that stands.
      fc.pre(given.price.model !== 'percentage' && given.price.model !== 'dynamic');
      const charge = { ...given, prorated: true };
      const minimumCommitment = '1000000000000';
      const window = (from: number, to: number): Window => Window.of(new Date(from * 1000), new Date(to * 1000));
      const whole = window(0, 2_678_400);
      const rate = (covered: Window) =>
        rateStatement({
          planVersion: {
            id: 'v',
            planId: 'p',
            planCode: 'p',
            planName: 'P',
            version: 1,
            currency: code,
            interval: 'monthly',
            baseAmount,
            minimumCommitment,
            trialDays: 0,
            charges: [charge],
          },
          usageByMetric: new Map([[charge.metric, { units: used }]]),
          coverage: { part: covered, whole },
        });
      const rated = seconds.slice(1).map((to, index) => rate(window(seconds[index] ?? 0, to)));
      const all = rate(whole);
      expectEqual(sumDecimals(rated.map(({ base }) => base)), all.base);
      expectEqual(sumDecimals(rated.map(({ total }) => total)), all.total);
      expectEqual(sumDecimals(rated.map(({ overageAmount }) => overageAmount)), all.overageAmount);
      for (const line of rated.flatMap(({ lines }) => lines)) {
        expectEqual(line.amount, roundMoney(sumDecimals(line.details.map(({ amount }) => amount)), code));
      }
    }),
  );
});
