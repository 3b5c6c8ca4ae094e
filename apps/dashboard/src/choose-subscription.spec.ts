import { describe, expect, it } from '@jest/globals';
import { decimal } from '@tallymark/domain';
import type { Statement } from './api/answers.js';
import { latestBySubscription } from './choose-subscription.js';

const ZERO = decimal('0');
const statement = (id: string, from: string, to: string): Statement => ({
  subscription_id: id,
  subscription_external_id: id,
  customer_external_id: 'c',
  plan_code: 'p',
  plan_version: 1,
  status: 'open',
  currency: 'USD',
  base: ZERO,
  overage_amount: ZERO,
  total: ZERO,
  lines: [],
  revision: 1,
  as_of: new Date(from),
  period: { from: new Date(from), to: new Date(to) },
});

describe('latestBySubscription', () => {
  it('takes the newest period of each, and those that run before those that ended', () => {
    const chosen = latestBySubscription(
      [
        statement('ended', '2026-10-01', '2026-10-15'),
        statement('runs', '2026-11-01', '2026-12-01'),
        statement('runs', '2026-10-01', '2026-11-01'),
        statement('ended', '2026-09-01', '2026-10-01'),
      ],
      new Date('2026-11-21'),
    );
    expect(chosen.map(({ subscription_id, period }) => [subscription_id, period.from.toISOString().slice(0, 10)])).toEqual([
      ['runs', '2026-11-01'],
      ['ended', '2026-10-01'],
    ]);
  });

  it('is empty without statements', () => {
    expect(latestBySubscription([], new Date(0))).toEqual([]);
  });
});
