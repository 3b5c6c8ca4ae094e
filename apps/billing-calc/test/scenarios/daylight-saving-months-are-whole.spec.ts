import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SubscribedCustomer } from '../support/subscribed-customer.js';

/** October 2026 has 745 hours in Berlin, and is a month like any other; a part of it is counted in hours that have passed, not in days. */
describe('a month of daylight saving', () => {
  let acme: SubscribedCustomer;
  let subscription: string;
  let pro: string;

  beforeAll(async () => {
    acme = await SubscribedCustomer.create('2026-09-30T22:00:00Z', '2026-12-31T00:00:00Z');
    subscription = await acme.subscribe(
      await acme.price('basic', { baseAmount: '745.00', callPrice: '1' }),
      '2026-09-30T22:00:00Z',
      'Europe/Berlin',
    );
    pro = await acme.price('pro', { baseAmount: '1490.00', callPrice: '1' });
    await acme.world.passTime('2026-10-30T00:00:00Z');
    await acme.call(
      '2026-09-30T22:00:00Z',
      '2026-10-25T00:30:00Z', // 02:30 in summer time
      '2026-10-25T01:30:00Z', // 02:30 again
      '2026-10-31T22:59:59.999Z',
    );
  });
  afterAll(() => acme.stop());

  it('is one period from midnight to midnight', async () => {
    expect(await acme.statements(subscription)).toEqual([
      '2026-09-30T22:00Z to 2026-10-31T23:00Z basic 1 open: 4 calls, base 745, total 749',
    ]);
  });

  it('is shared by the hour where the plan changes in the hour that comes twice', async () => {
    await acme.change(subscription, pro, '2026-10-25T01:00:00Z');
    expect(await acme.statements(subscription)).toEqual([
      '2026-09-30T22:00Z to 2026-10-25T01:00Z basic 1 grace: 2 calls, base 579, total 581',
      '2026-10-25T01:00Z to 2026-10-31T23:00Z pro 1 open: 2 calls, base 332, total 334',
    ]);
  });

  it('closes, and is what the raw events say', async () => {
    await acme.world.passTime('2026-11-05T00:00:00Z');
    expect((await acme.statements(subscription)).map((line) => line.split(':').at(-2)!.slice(-6))).toEqual(['closed', 'closed', '1 open']);
    expect(await acme.differences()).toEqual([]);
  });
});
