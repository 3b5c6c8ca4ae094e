import { describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { type Charge, type StatementAmounts, decimal, decimalFromInteger, formatDecimal, sumDecimals } from '@tallymark/domain';
import fc from 'fast-check';
import { type FocusJson, brokenRules } from '../../test/focus-rules.js';
import { GRADUATED, PRICES, amountsOf, chargeAt, statementOf } from '../../test/focus-statement.js';
import type { FocusRow } from './columns.js';
import { renderFocusJsonLine } from './render.js';
import { type FocusDay, focusUsageRows } from './usage-rows.js';

const day = (index: number): Window => Window.of(new Date(Date.UTC(2026, 10, index + 1)), new Date(Date.UTC(2026, 10, index + 2)));

/** The statement after each day, of units that are added day by day. */
function accrue(charge: Charge, added: readonly number[], bases: readonly number[]): StatementAmounts[] {
  return added.map((_, index) => {
    const units = decimalFromInteger(added.slice(0, index + 1).reduce((sum, one) => sum + one, 0)).div(decimal('8'));
    const usage = { units, transactions: { count: decimalFromInteger(index + 1) }, dynamicAmount: units.times(decimal('0.07')) };
    return amountsOf([{ charge, usage }], { base: String(bases[index] ?? index) });
  });
}

const usageOf = (
  charge: Charge,
  amounts: readonly StatementAmounts[],
  closed: StatementAmounts = amounts.at(-1)!,
  isOver = true,
): FocusRow[] => {
  const days = amounts.map((one, index): FocusDay => ({ window: day(index), amounts: one }));
  return focusUsageRows({ ...statementOf([]), charges: [charge], amounts: closed, days, isOver });
};
const shown = (row: FocusRow): string =>
  `${row.ChargePeriodStart.getUTCDate()}: ${row.ChargeCategory} ${row.ChargeDescription!.split(': ')[1]!} ${row.PricingQuantity?.toFixed() ?? '-'} = ${row.BilledCost.toFixed()}`;

describe('focusUsageRows', () => {
  it('writes what each day added, tier by tier', () => {
    const charge = chargeAt(GRADUATED, { includedUnits: '1' });
    expect(usageOf(charge, accrue(charge, [32, 0, 64], [3, 6, 10])).map(shown)).toEqual([
      '1: Purchase base amount 1 = 3',
      '1: Usage included 1 = 0',
      '1: Usage tier up to 10 3 = 3',
      '2: Purchase base amount 1 = 3',
      '3: Purchase base amount 1 = 4',
      '3: Usage tier up to 10 7 = 7',
      '3: Usage tier over 10 1 = 0.333',
      '3: Purchase tier over 10, flat amount 1 = 2',
      '3: Adjustment rounding - = -0.003',
    ]);
  });

  it('takes the units of a volume tier back when a cheaper one begins', () => {
    const charge = chargeAt({ model: 'volume', tiers: GRADUATED.tiers });
    expect(usageOf(charge, accrue(charge, [80, 80], [0, 0])).map(shown)).toEqual([
      '1: Usage all units at tier up to 10 10 = 10',
      '2: Usage all units at tier up to 10 -10 = -10',
      '2: Usage all units at tier over 10 20 = 6.66',
      '2: Purchase all units at tier over 10, flat amount 1 = 2',
    ]);
  });

  it('says what the days of today differ from a statement that has closed, of a period that is over alone', () => {
    const charge = chargeAt({ model: 'standard', unitAmount: '1' });
    const amounts = accrue(charge, [8, 16], [0, 0]);
    const closed = accrue(charge, [8], [0])[0]!;
    expect(usageOf(charge, amounts, closed).map(shown).at(-1)).toBe('2: Adjustment difference to the statement - = -2');
    expect(usageOf(charge, amounts, closed, false)).toHaveLength(2);
  });

  it('sums to the total for every price, at unit prices that hold, and consumes what was used', () => {
    const cases = fc.record({
      price: fc.constantFrom(...PRICES),
      maxAmount: fc.constantFrom(null, '9'),
      minAmount: fc.constantFrom(null, '4'),
      added: fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 6 }),
    });
    fc.assert(
      fc.property(cases, ({ price, added, ...bounds }) => {
        const charge = chargeAt(price, bounds);
        const amounts = accrue(charge, added, []);
        const rows = usageOf(charge, amounts);
        expect(formatDecimal(sumDecimals(rows.map((row) => row.BilledCost)))).toBe(formatDecimal(amounts.at(-1)!.total));
        for (const row of rows) {
          expect(brokenRules(JSON.parse(renderFocusJsonLine(row)) as FocusJson)).toEqual([]);
          if (row.ListUnitPrice !== null) expect(row.ListUnitPrice.times(row.PricingQuantity!).eq(row.ListCost)).toBe(true);
        }
        const consumed = rows.filter((row) => row.ConsumedUnit === 'Calls').map((row) => row.ConsumedQuantity!);
        expect(formatDecimal(sumDecimals(consumed))).toBe(formatDecimal(amounts.at(-1)!.lines[0]!.used));
      }),
      { numRuns: 100 },
    );
  });
});
