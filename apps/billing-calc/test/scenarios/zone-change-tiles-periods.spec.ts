import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SubscribedCustomer } from '../support/subscribed-customer.js';

/** A customer that moves to another zone has no hour counted twice and none left out, and pays each month once. */
describe('a time zone that changes', () => {
  let acme: SubscribedCustomer;
  let subscription: string;

  beforeAll(async () => {
    acme = await SubscribedCustomer.create('2026-08-01T00:00:00Z', '2026-12-31T00:00:00Z');
    subscription = await acme.subscribe(await acme.price('pro', { baseAmount: '31.00', callPrice: '1' }), '2026-08-01T00:00:00Z');
    await acme.world.passTime('2026-08-20T00:00:00Z');
    await acme.move(subscription, 'America/New_York', '2026-08-20T00:00:00Z');
    await acme.world.passTime('2026-10-20T00:00:00Z');
    await acme.call(
      '2026-08-31T23:59:59.999Z', // the last instant in the old zone
      '2026-09-01T00:00:00Z', // 31 August in New York, and charged in September
      '2026-10-01T03:59:59.999Z', // still 30 September there
      '2026-10-01T04:00:00Z',
    );
  });
  afterAll(() => acme.stop());

  it('leads over in one period that is some hours longer, owes a whole base amount and counts every call once', async () => {
    expect(await acme.statements(subscription)).toEqual([
      '2026-08-01 to 2026-09-01 pro 1 closed: 0 calls, base 31, total 31',
      '2026-09-01 to 2026-10-01T04:00Z pro 1 closed: 0 calls, base 31, total 31',
      '2026-10-01T04:00Z to 2026-11-01T04:00Z pro 1 open: 1 calls, base 31, adjusted 3, total 35',
    ]);
  });

  it('moves back in one that is some hours shorter', async () => {
    await acme.move(subscription, 'UTC', '2026-10-20T00:00:00Z');
    await acme.world.passTime('2026-12-02T00:00:00Z');
    await acme.call('2026-11-30T23:59:59.999Z', '2026-12-01T00:00:00Z');
    expect((await acme.statements(subscription)).slice(2)).toEqual([
      '2026-10-01T04:00Z to 2026-11-01T04:00Z pro 1 closed: 1 calls, base 31, adjusted 3, total 35',
      '2026-11-01T04:00Z to 2026-12-01 pro 1 grace: 1 calls, base 31, total 32',
      '2026-12-01 to 2027-01-01 pro 1 open: 1 calls, base 31, total 32',
    ]);
    expect(await acme.differences()).toEqual([]);
  });
});
