import { describe, expect, it } from '@jest/globals';
import { decimal } from '@tallymark/domain';
import { buildCharge } from '../test/charge-builder.js';
import { parseStatementAmounts, rateCharge, serializeStatementAmounts, sumStatement } from './index.js';

const line = rateCharge(
  buildCharge({ model: 'standard', unitAmount: '0.0000001' }, { maxAmount: '0' }),
  { units: decimal('12345678901234567890') },
  'USD',
);
const adjustment = {
  periodFrom: '2026-01-01T00:00:00.000Z',
  periodTo: '2026-02-01T00:00:00.000Z',
  metric: 'api_calls',
  name: 'API Calls',
  units: decimal('-15'),
  amount: decimal('-1.5'),
};
const amounts = sumStatement({
  currency: 'USD',
  base: decimal('29'),
  lines: [line],
  commitmentTrueUp: decimal('71'),
  adjustments: [adjustment],
});
const json = serializeStatementAmounts(amounts);

describe('statements as JSON', () => {
  it('are plain text in every number, without exponents', () => {
    expect(json).toEqual({
      currency: 'USD',
      base: '29',
      overageAmount: '0',
      commitmentTrueUp: '71',
      adjustmentAmount: '-1.5',
      total: '98.5',
      lines: [
        {
          metric: 'api_calls',
          name: 'API Calls',
          meterCode: 'api_calls',
          unit: 'requests',
          included: '0',
          used: '12345678901234567890',
          overage: '12345678901234567890',
          percentage: '100',
          amount: '0',
          details: [
            {
              description: 'units',
              quantity: '12345678901234567890',
              unitAmount: '0.0000001',
              flatAmount: '0',
              amount: '1234567890123.456789',
              dimensions: {},
            },
            {
              description: 'maximum spend cap',
              quantity: '0',
              unitAmount: '0',
              flatAmount: '-1234567890123.456789',
              amount: '-1234567890123.456789',
              dimensions: {},
            },
          ],
        },
      ],
      adjustments: [
        {
          periodFrom: '2026-01-01T00:00:00.000Z',
          periodTo: '2026-02-01T00:00:00.000Z',
          metric: 'api_calls',
          name: 'API Calls',
          units: '-15',
          amount: '-1.5',
        },
      ],
    });
  });

  it('keep the dimensions of details, null among them', () => {
    const grouped = rateCharge(
      buildCharge({ model: 'standard', unitAmount: '1' }, { pricingGroups: ['region', 'model'] }),
      { parts: [{ dimensions: { region: 'eu', model: null }, units: decimal('2') }] },
      'USD',
    );
    const stored: unknown = JSON.parse(JSON.stringify(serializeStatementAmounts(sumStatement({ ...amounts, lines: [grouped] }))));
    expect(parseStatementAmounts(stored).lines[0]?.details[0]?.dimensions).toEqual({ region: 'eu', model: null });
  });

  it('of before commitments, adjustments and dimensions have none', () => {
    const detail = { description: 'units', quantity: '1', unitAmount: '2', flatAmount: '0', amount: '2' };
    const stored = { currency: 'USD', base: '29', overageAmount: '0', total: '29', lines: [{ ...json.lines[0], details: [detail] }] };
    const parsed = parseStatementAmounts(stored);
    expect(serializeStatementAmounts(parsed)).toEqual({
      ...stored,
      commitmentTrueUp: '0',
      adjustmentAmount: '0',
      lines: [{ ...json.lines[0], details: [{ ...detail, dimensions: {} }] }],
      adjustments: [],
    });
  });

  it('come back as they were', () => {
    const parsed = parseStatementAmounts(JSON.parse(JSON.stringify(json)));
    expect(serializeStatementAmounts(parsed)).toEqual(json);
    expect(parsed.lines[0]?.details[0]?.quantity.eq(decimal('12345678901234567890'))).toBe(true);
  });

  it.each<[string, unknown, string]>([
    ['no object', null, '"": received null; expected an object'],
    ['a missing member', { ...json, base: undefined }, '"/base": received nothing; expected text'],
    ['a number for a decimal', { ...json, base: 29 }, '"/base": received 29; expected text'],
    ['text that is no decimal', { ...json, total: '29,00' }, '"/total": received "29,00"; expected a decimal number'],
    ['lines that are no list', { ...json, lines: {} }, '"/lines": received {}; expected a list'],
    ['a damaged detail', { ...json, lines: [{ ...json.lines[0], details: [{}] }] }, '"/lines/0/details/0/description"'],
    ['a total that is not the sum', { ...json, total: '30' }, 'does not add up: base 29, lines 0, overageAmount 0, commitmentTrueUp 71'],
    ['adjustments that are not the adjustment amount', { ...json, adjustments: [] }, 'adjustments 0, adjustmentAmount -1.5, total 98.5'],
    ['an adjustment without a period', { ...json, adjustments: [{}] }, '"/adjustments/0/periodFrom": received nothing; expected text'],
    [
      'a dimension that is no text',
      { ...json, lines: [{ ...json.lines[0], details: [{ ...json.lines[0]?.details[0], dimensions: { region: 1 } }] }] },
      '"/lines/0/details/0/dimensions/region": received 1; expected text',
    ],
    [
      'lines that are not the overage',
      { ...json, lines: [{ ...json.lines[0], amount: '1' }] },
      'does not add up: base 29, lines 1, overageAmount 0',
    ],
  ])('refuses %s', (_case, damaged, message) => {
    expect(() => parseStatementAmounts(damaged)).toThrow(message);
  });

  it('are not written when they do not add up', () => {
    expect(() => serializeStatementAmounts({ ...amounts, total: decimal('1') })).toThrow('does not add up');
  });
});
