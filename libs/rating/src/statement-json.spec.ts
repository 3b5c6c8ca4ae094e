import { describe, expect, it } from '@jest/globals';
import { decimal } from '@tallymark/domain';
import { buildCharge } from '../test/charge-builder.js';
import { parseStatementAmounts, rateCharge, serializeStatementAmounts, sumStatement } from './index.js';

const line = rateCharge(
  buildCharge({ model: 'standard', unitAmount: '0.0000001' }, { maxAmount: '0' }),
  { units: decimal('12345678901234567890') },
  'USD',
);
const amounts = sumStatement({ currency: 'USD', base: decimal('29'), lines: [line] });
const json = serializeStatementAmounts(amounts);

describe('statements as JSON', () => {
  it('are plain text in every number, without exponents', () => {
    expect(json).toEqual({
      currency: 'USD',
      base: '29',
      overageAmount: '0',
      total: '29',
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
            },
            {
              description: 'maximum spend cap',
              quantity: '0',
              unitAmount: '0',
              flatAmount: '-1234567890123.456789',
              amount: '-1234567890123.456789',
            },
          ],
        },
      ],
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
    ['a total that is not the sum', { ...json, total: '30' }, 'does not add up: base 29, lines 0, overage 0, total 30'],
    [
      'lines that are not the overage',
      { ...json, lines: [{ ...json.lines[0], amount: '1' }] },
      'does not add up: base 29, lines 1, overage 0, total 29',
    ],
  ])('refuses %s', (_case, damaged, message) => {
    expect(() => parseStatementAmounts(damaged)).toThrow(message);
  });

  it('are not written when they do not add up', () => {
    expect(() => serializeStatementAmounts({ ...amounts, total: decimal('1') })).toThrow('does not add up');
  });
});
