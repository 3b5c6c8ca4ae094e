import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SubscribedCustomer } from '../support/subscribed-customer.js';

/** In a trial the base amount is not owed, and usage is; an upgrade does not end it. */
describe('a trial', () => {
  let acme: SubscribedCustomer;
  let subscription: string;

  beforeAll(async () => {
    acme = await SubscribedCustomer.create('2026-10-25T12:00:00Z', '2026-12-31T00:00:00Z');
    const basic = await acme.price('basic', { baseAmount: '30.00', callPrice: '0.50', trialDays: 14 });
    const pro = await acme.price('pro', { baseAmount: '60.00', callPrice: '0.10', trialDays: 30 });
    subscription = await acme.subscribe(basic, '2026-10-25T12:00:00Z');
    await acme.world.passTime('2026-11-20T00:00:00Z');
    await acme.call('2026-10-26T00:00:00Z', '2026-11-02T00:00:00Z', '2026-11-19T00:00:00Z');
    await acme.change(subscription, pro, '2026-11-04T00:00:00Z');
  });
  afterAll(() => acme.stop());

  it('owes usage alone until its last day is over, to the time of day of the start, and the base amount by time since', async () => {
    // It ends on 8 November at 12:00, 22.5 of 30 days before the period does.
    expect(await acme.statements(subscription)).toEqual([
      '2026-10-25T12:00Z to 2026-11-01 basic 1 closed: 0 calls, base 0, total 0',
      '2026-11-01 to 2026-11-04 basic 1 grace: 1 calls, base 0, adjusted 0.5, total 1',
      '2026-11-04 to 2026-12-01 pro 1 open: 1 calls, base 45, total 45.1',
    ]);
  });

  it('is over after that', async () => {
    await acme.world.passTime('2026-12-02T00:00:00Z');
    expect((await acme.statements(subscription)).at(-1)).toBe('2026-12-01 to 2027-01-01 pro 1 open: 0 calls, base 60, total 60');
    expect(await acme.differences()).toEqual([]);
  });
});
