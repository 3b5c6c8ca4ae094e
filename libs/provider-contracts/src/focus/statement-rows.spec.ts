import { describe, expect, it } from '@jest/globals';
import { type Charge, type Decimal, type StatementAdjustment, ZERO, decimal, formatDecimal, sumDecimals } from '@tallymark/domain';
import type { ChargeUsage } from '@tallymark/rating';
import fc from 'fast-check';
import { type FocusJson, brokenRules } from '../../test/focus-rules.js';
import { CHARGE, GRADUATED, PERCENTAGE, PRICES, type Used, chargeAt, statementOf } from '../../test/focus-statement.js';
import type { FocusRow } from './columns.js';
import { renderFocusCsvHeader, renderFocusCsvRow, renderFocusJsonLine } from './render.js';
import { focusRows } from './statement-rows.js';

const json = (row: FocusRow): FocusJson => JSON.parse(renderFocusJsonLine(row)) as FocusJson;
const text = (value: Decimal | null): string => (value === null ? '-' : formatDecimal(value));
/** `category: description, quantity × unit price = cost`, the way the cases below write a row. */
const shown = (row: FocusRow): string =>
  `${row.ChargeCategory}: ${row.ChargeDescription}, ${text(row.PricingQuantity)} ${row.PricingUnit ?? '-'} × ${text(row.ListUnitPrice)} = ${text(row.BilledCost)}`;

describe('focusRows', () => {
  it.each<[string, Charge, ChargeUsage, string[]]>([
    ['nothing used', CHARGE, { units: ZERO }, []],
    [
      'a standard price beyond what is included',
      chargeAt(CHARGE.price, { includedUnits: '1000' }),
      { units: decimal('1500') },
      ['Usage: API calls: included, 1000 Calls × 0 = 0', 'Usage: API calls: units, 500 Calls × 0.005 = 2.5'],
    ],
    [
      'tiers, a flat amount and the rounding',
      chargeAt(GRADUATED),
      { units: decimal('12') },
      [
        'Usage: API calls: tier up to 10, 10 Calls × 1 = 10',
        'Usage: API calls: tier over 10, 2 Calls × 0.333 = 0.666',
        'Purchase: API calls: tier over 10, flat amount, 1 Counts × 2 = 2',
        'Adjustment: API calls: rounding, - - × - = 0.004',
      ],
    ],
    [
      'packages',
      chargeAt({ model: 'package', packageSize: '100', packageAmount: '3' }),
      { units: decimal('150') },
      ['Usage: API calls: packages of 100, 2 100 Calls × 3 = 6'],
    ],
    [
      'a percentage and an amount per transaction',
      chargeAt(PERCENTAGE, { unit: 'USD' }),
      { units: decimal('200'), transactions: { count: decimal('4') } },
      [
        'Usage: API calls: 1.5 % of the amount, 200 USD × 0.015 = 3',
        'Usage: API calls: fixed amount per transaction, 4 Transactions × 0.1 = 0.4',
      ],
    ],
    [
      'amounts that the events bear',
      chargeAt({ model: 'dynamic' }),
      { units: decimal('7'), dynamicAmount: decimal('1.25') },
      ['Usage: API calls: amounts of the events, 1.25 USD × 1 = 1.25'],
    ],
    [
      'a minimum',
      chargeAt(CHARGE.price, { minAmount: '10' }),
      { units: decimal('100') },
      ['Usage: API calls: units, 100 Calls × 0.005 = 0.5', 'Adjustment: API calls: minimum spend true-up, - - × - = 9.5'],
    ],
    [
      'a maximum',
      chargeAt(CHARGE.price, { maxAmount: '1' }),
      { units: decimal('1000') },
      ['Usage: API calls: units, 1000 Calls × 0.005 = 5', 'Adjustment: API calls: maximum spend cap, - - × - = -4'],
    ],
  ])('writes %s', (_name, charge, usage, expected) => {
    expect(focusRows(statementOf([{ charge, usage }])).map(shown)).toEqual(expected);
  });

  it('tells apart what a charge prices by filter and by group', () => {
    const charge = chargeAt(CHARGE.price, {
      pricingGroups: ['model'],
      filters: [
        {
          name: 'Europe',
          values: { region: ['eu'] },
          includedUnits: '5',
          price: { model: 'package', packageSize: '10', packageAmount: '2' },
        },
      ],
    });
    const part = (region: string, model: string | null, units: string) => ({ dimensions: { region, model }, units: decimal(units) });
    const statement = statementOf([{ charge, usage: { parts: [part('eu', 'a', '20'), part('us', 'a', '100'), part('us', null, '10')] } }]);
    const rows = focusRows(statement);
    expect(rows.map((row) => [row.PricingUnit, text(row.PricingQuantity), text(row.BilledCost), row.x_Dimensions])).toEqual([
      ['Calls', '5', '0', null],
      ['10 Calls', '2', '4', { region: 'eu', model: 'a' }],
      ['Calls', '100', '0.5', { model: 'a' }],
      ['Calls', '10', '0.05', { model: null }],
    ]);
    expect(rows.flatMap((row) => brokenRules(json(row)))).toEqual([]);
    expect(renderFocusCsvRow(rows[1]!)).toContain('"{""region"":""eu"",""model"":""a""}"');
  });

  it('writes the base amount, the commitment and what a closed statement still owes', () => {
    const adjustments: StatementAdjustment[] = [
      {
        periodFrom: '2026-10-01T00:00:00.000Z',
        periodTo: '2026-11-01T00:00:00.000Z',
        metric: 'api_calls',
        name: 'API calls',
        units: decimal('-20'),
        amount: decimal('-0.1'),
      },
      {
        periodFrom: '2026-10-01T00:00:00.000Z',
        periodTo: '2026-11-01T00:00:00.000Z',
        metric: null,
        name: 'Base amount',
        units: ZERO,
        amount: decimal('4'),
      },
    ];
    const rows = focusRows(statementOf([{ charge: CHARGE, usage: { units: ZERO } }], { base: '99', trueUp: '1', adjustments }));
    expect(rows.map(shown)).toEqual([
      'Purchase: Pro: base amount, 1 Periods × 99 = 99',
      'Adjustment: Pro: minimum commitment, - - × - = 1',
      'Usage: API calls: correction of a closed statement, -20 Calls × - = -0.1',
      'Adjustment: Base amount: correction of a closed statement, - - × - = 4',
    ]);
    expect(rows.map((row) => [row.ChargeClass, json(row)['ChargePeriodStart'], json(row)['BillingPeriodStart']])).toEqual([
      [null, '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z'],
      [null, '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z'],
      ['Correction', '2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z'],
      ['Correction', '2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z'],
    ]);
  });

  const charges = fc.record({
    price: fc.constantFrom(...PRICES),
    included: fc.constantFrom('0', '3'),
    minAmount: fc.constantFrom(null, '20'),
    maxAmount: fc.constantFrom(null, '25'),
    units: fc.integer({ min: 0, max: 10_000 }),
    dynamic: fc.integer({ min: 0, max: 10_000 }),
  });

  it('sums to the total, keeps every rule, and consumes what was used', () => {
    fc.assert(
      fc.property(fc.array(charges, { minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 100 }), (drawn, base) => {
        const used = drawn.map(({ price, included, minAmount, maxAmount, units, dynamic }, index): Used => {
          const includedUnits = price.model === 'dynamic' || price.model === 'percentage' ? '0' : included;
          const charge = chargeAt(price, { metric: `m${index}`, includedUnits, minAmount, maxAmount });
          const value = decimal(`${units}e-1`);
          return { charge, usage: { units: value, transactions: { count: decimal('3') }, dynamicAmount: decimal(`${dynamic}e-3`) } };
        });
        const statement = statementOf(used, { base: String(base) });
        const rows = focusRows(statement);
        expect(formatDecimal(sumDecimals(rows.map((row) => row.BilledCost)))).toBe(formatDecimal(statement.amounts.total));
        for (const row of rows) {
          expect(brokenRules(json(row))).toEqual([]);
          if (row.ListUnitPrice !== null) expect(row.ListUnitPrice.times(row.PricingQuantity!).eq(row.ListCost)).toBe(true);
        }
        for (const line of statement.amounts.lines) {
          const own = rows.filter((row) => row.SkuId === `pro/${line.metric}` && row.ConsumedUnit === 'Calls');
          expect(formatDecimal(sumDecimals(own.map((row) => row.ConsumedQuantity!)))).toBe(formatDecimal(line.used));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is the same in CSV and in JSON Lines, safe in spreadsheets', () => {
    const rows = focusRows(statementOf([{ charge: CHARGE, usage: { units: decimal('9007199254740993') } }], { name: '=cmd()' }));
    const [row] = rows;
    const header = renderFocusCsvHeader().trimEnd().split(',');
    const cells = renderFocusCsvRow(row!).trimEnd().split(',');
    const cell = (column: string): string | undefined => cells[header.indexOf(column)];
    expect([cell('PricingQuantity'), cell('BillingAccountName'), cell('ChargeClass'), cell('ChargePeriodEnd')]).toEqual([
      '9007199254740993',
      "'=cmd()",
      '',
      '2026-12-01T00:00:00Z',
    ]);
    expect(renderFocusJsonLine(row!)).toContain('"PricingQuantity":9007199254740993,');
    expect(json(row!)).toMatchObject({
      BillingAccountName: '=cmd()',
      ChargeClass: null,
      x_PlanVersion: 2,
      InvoiceId: '0197a1b2-4c3d-7e5f-8a9b-0c1d2e3f4a5b',
    });
  });
});
