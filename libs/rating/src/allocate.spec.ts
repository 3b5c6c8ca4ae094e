import { describe, expect, it } from '@jest/globals';
import { decimal, formatDecimal } from '@tallymark/domain';
import { allocate } from './index.js';

describe('allocate', () => {
  it.each([
    ['exact shares', '6', ['10', '5'], 'USD', ['4', '2']],
    ['of equal remainders the earlier first', '0.05', ['1', '1', '1'], 'USD', ['0.02', '0.02', '0.01']],
    ['the largest remainder first', '100', ['1', '2', '3'], 'USD', ['16.67', '33.33', '50']],
    ['a part without weight gets nothing', '0.05', ['0', '1', '1'], 'USD', ['0', '0.03', '0.02']],
    ['a negative amount, as a credit', '-0.05', ['1', '1', '1'], 'USD', ['-0.02', '-0.02', '-0.01']],
    ['no decimals', '10', ['1', '1', '1'], 'JPY', ['4', '3', '3']],
    ['nothing to split', '0', ['1', '1'], 'USD', ['0', '0']],
    ['weights of any precision', '1', ['0.333', '0.333', '0.334'], 'USD', ['0.33', '0.33', '0.34']],
    [
      'weights too close to tell by a 40-digit quotient',
      '0.01',
      ['1', '1.000000000000000000000000000000000000000000001'],
      'USD',
      ['0', '0.01'],
    ],
  ])('%s: %s by %j', (_case, total, weights, currency, parts) => {
    expect(allocate(decimal(total), weights.map(decimal), currency).map(formatDecimal)).toEqual(parts);
  });

  it.each([
    ['a total finer than the minor unit', '0.005', ['1'], 'cannot split 0.005 USD; expected whole minor units of 0.01'],
    ['no weights', '1', [], 'weights []'],
    ['weights of zero', '1', ['0', '0'], 'weights [0, 0]'],
    ['a negative weight', '1', ['2', '-1'], 'weights [2, -1]'],
  ])('refuses %s', (_case, total, weights, message) => {
    expect(() => allocate(decimal(total), weights.map(decimal), 'USD')).toThrow(message);
  });
});
