import { describe, expect, it } from '@jest/globals';
import { type StatementAmounts, ZERO, decimal, formatDecimal, sumDecimals } from '@tallymark/domain';
import { sumStatement } from '@tallymark/rating';
import fc from 'fast-check';
import { type AdjustableStatement, deriveAdjustments, owesTheSame } from './adjustments.js';

const AUGUST = { periodFrom: new Date('2026-08-01T00:00:00Z'), periodTo: new Date('2026-09-01T00:00:00Z') };
const SEPTEMBER = { periodFrom: AUGUST.periodTo, periodTo: new Date('2026-10-01T00:00:00Z') };

interface Said {
  readonly used: string;
  readonly amount: string;
  readonly base?: string;
  readonly trueUp?: string;
}

function said({ used, amount, base = '10', trueUp = '0' }: Said): StatementAmounts {
  const line = {
    metric: 'calls',
    name: 'Calls',
    meterCode: 'calls',
    unit: 'calls',
    included: ZERO,
    used: decimal(used),
    overage: decimal(used),
    percentage: ZERO,
    amount: decimal(amount),
    details: [],
  };
  return sumStatement({ currency: 'USD', base: decimal(base), lines: [line], commitmentTrueUp: decimal(trueUp) });
}

const readable = (adjustments: ReturnType<typeof deriveAdjustments>): string[] =>
  adjustments.map((one) => `${one.periodFrom.slice(0, 7)} ${one.name}: ${formatDecimal(one.units)} for ${formatDecimal(one.amount)}`);

describe('deriveAdjustments', () => {
  it.each<[string, Said, Said, string[]]>([
    ['nothing when nothing differs', { used: '5', amount: '2' }, { used: '5', amount: '2' }, []],
    ['what came late', { used: '5', amount: '2' }, { used: '7', amount: '3' }, ['2026-08 Calls: 2 for 1']],
    ['what was taken back, as a credit', { used: '5', amount: '2' }, { used: '0', amount: '0' }, ['2026-08 Calls: -5 for -2']],
    ['units that cost nothing', { used: '5', amount: '2' }, { used: '6', amount: '2' }, ['2026-08 Calls: 1 for 0']],
    [
      'usage that a commitment had covered',
      { used: '5', amount: '2', trueUp: '8' },
      { used: '9', amount: '6', trueUp: '4' },
      ['2026-08 Calls: 4 for 4', '2026-08 Minimum commitment: 0 for -4'],
    ],
    [
      'a base amount that is no longer owed',
      { used: '0', amount: '0', base: '10' },
      { used: '0', amount: '0', base: '5' },
      ['2026-08 Base amount: 0 for -5'],
    ],
  ])('gives %s', (_name, closed, now, expected) => {
    const adjustments = deriveAdjustments([{ ...AUGUST, amounts: said(closed) }], new Map([[AUGUST.periodFrom.getTime(), said(now)]]));
    expect(readable(adjustments)).toEqual(expected);
  });

  it('leaves out what a later closed statement has adjusted already', () => {
    const august = { ...AUGUST, amounts: said({ used: '5', amount: '2' }) };
    const recounts = new Map([[AUGUST.periodFrom.getTime(), said({ used: '7', amount: '3' })]]);
    const adjustments = deriveAdjustments([august], recounts);
    const september = { ...SEPTEMBER, amounts: sumStatement({ ...said({ used: '1', amount: '1' }), adjustments }) };
    expect(deriveAdjustments([august, september], recounts)).toEqual([]);
    recounts.set(AUGUST.periodFrom.getTime(), said({ used: '6', amount: '2.5' }));
    expect(readable(deriveAdjustments([august, september], recounts))).toEqual(['2026-08 Calls: -1 for -0.5']);
  });

  it('adds up with the closed statement to what was counted last, however often it was counted and whatever closed in between', () => {
    const cents = fc.integer({ min: 0, max: 1_000_000 }).map((amount) => formatDecimal(decimal(String(amount)).times(decimal('0.01'))));
    const anything = fc.record({ used: cents, amount: cents, base: cents, trueUp: cents });
    fc.assert(
      fc.property(anything, fc.array(fc.tuple(anything, fc.boolean()), { minLength: 1, maxLength: 8 }), (first, counts) => {
        const closed: AdjustableStatement[] = [{ ...AUGUST, amounts: said(first) }];
        let open: ReturnType<typeof deriveAdjustments> = [];
        for (const [now, closes] of counts) {
          const recounts = new Map([[AUGUST.periodFrom.getTime(), said(now)]]);
          open = deriveAdjustments(closed, recounts);
          if (!closes) continue;
          const from = closed.at(-1)!.periodTo;
          const amounts = sumStatement({ ...said({ used: '0', amount: '0' }), adjustments: open });
          closed.push({ periodFrom: from, periodTo: new Date(from.getTime() + 86_400_000), amounts });
          open = deriveAdjustments(closed, recounts);
          expect(open).toEqual([]);
        }
        const last = said(counts.at(-1)![0]);
        const all = [...closed.flatMap((statement) => statement.amounts.adjustments), ...open];
        const [started] = closed;
        expect(started!.amounts.total.plus(sumDecimals(all.map((one) => one.amount))).eq(last.total)).toBe(true);
        expect(started!.amounts.lines[0]!.used.plus(sumDecimals(all.map((one) => one.units))).eq(last.lines[0]!.used)).toBe(true);
      }),
    );
  });
});

describe('owesTheSame', () => {
  it('looks past adjustments and details, and at units that cost nothing', () => {
    const one = said({ used: '5', amount: '2' });
    expect(owesTheSame(one, said({ used: '5', amount: '2' }))).toBe(true);
    expect(owesTheSame(one, said({ used: '6', amount: '2' }))).toBe(false);
    expect(owesTheSame(one, said({ used: '5', amount: '2', trueUp: '1' }))).toBe(false);
  });
});
