import { describe, expect, it } from '@jest/globals';
import { statementAnswer } from './answers.js';

const STATEMENT = {
  subscription_id: 's',
  subscription_external_id: 'e',
  customer_external_id: 'c',
  plan_code: 'p',
  plan_version: 1,
  period: { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00+00:00' },
  status: 'open',
  currency: 'USD',
  base: '29',
  overage_amount: '0',
  total: '29',
  lines: [],
  as_of: '2026-11-21T12:00:00Z',
  revision: 3,
  of_a_later_version: true,
};

describe('a statement', () => {
  it('is read exactly, and what is new in it is left aside', () => {
    const read = statementAnswer.parse({ ...STATEMENT, total: '9007199254740993.000000001' });
    expect(read.total.toFixed()).toBe('9007199254740993.000000001');
    expect(read.period.to).toEqual(new Date('2026-12-01T00:00:00Z'));
    expect(read).not.toHaveProperty('of_a_later_version');
  });

  it.each([
    ['a total as a number', { total: 29 }],
    ['a total in words', { total: 'much' }],
    ['a currency in words', { currency: 'dollars' }],
    ['a period without zone', { period: { from: '2026-11-01T00:00:00', to: '2026-12-01T00:00:00' } }],
    ['no lines', { lines: undefined }],
  ])('with %s is refused', (_, change) => {
    expect(statementAnswer.safeParse({ ...STATEMENT, ...change }).success).toBe(false);
  });
});
