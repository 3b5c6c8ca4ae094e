import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SubscribedCustomer } from '../support/subscribed-customer.js';

/** An upgrade in mid period ends one statement and begins another: each prices its own usage, and the base amounts share the period by time. */
describe('a plan that changes in mid period', () => {
  let acme: SubscribedCustomer;
  let subscription: string;
  let basic: string;
  let pro: string;

  beforeAll(async () => {
    acme = await SubscribedCustomer.create('2026-11-01T00:00:00Z', '2026-12-31T00:00:00Z');
    basic = await acme.price('basic', { baseAmount: '30.00', includedCalls: '2', callPrice: '0.50' });
    pro = await acme.price('pro', { baseAmount: '90.00', callPrice: '0.10' });
    subscription = await acme.subscribe(basic, '2026-11-01T00:00:00Z');
    await acme.world.passTime('2026-11-10T00:00:00Z');
    await acme.call('2026-11-05T10:00:00Z', '2026-11-05T11:00:00Z', '2026-11-05T12:00:00Z', '2026-11-09T00:00:00Z');
  });
  afterAll(() => acme.stop());

  it('is one statement before', async () => {
    expect(await acme.statements(subscription)).toEqual(['2026-11-01 to 2026-12-01 basic 1 open: 4 calls, base 30, total 31']);
  });

  it('splits the statement at an announced upgrade, and makes the second one when it begins', async () => {
    await acme.change(subscription, pro, '2026-11-16T00:00:00Z');
    await acme.world.passTime('2026-11-10T12:00:00Z');
    expect(await acme.statements(subscription)).toEqual(['2026-11-01 to 2026-11-16 basic 1 open: 4 calls, base 15, total 16']);
    await acme.world.passTime('2026-11-16T00:00:00Z');
    expect(await acme.statements(subscription)).toEqual([
      '2026-11-01 to 2026-11-16 basic 1 grace: 4 calls, base 15, total 16',
      '2026-11-16 to 2026-12-01 pro 1 open: 0 calls, base 45, total 45',
    ]);
  });

  it('prices each part under its own version, to the instant, late events too', async () => {
    await acme.call('2026-11-15T23:59:59.999Z', '2026-11-16T00:00:00Z');
    expect(await acme.statements(subscription)).toEqual([
      '2026-11-01 to 2026-11-16 basic 1 grace: 5 calls, base 15, total 16.5',
      '2026-11-16 to 2026-12-01 pro 1 open: 1 calls, base 45, total 45.1',
    ]);
  });

  it('splits again for an upgrade and a downgrade of one day, at times that are on no 15 minutes', async () => {
    await acme.world.passTime('2026-11-18T00:00:00Z');
    await acme.change(subscription, basic, '2026-11-17T09:07:00Z');
    await acme.change(subscription, pro, '2026-11-17T17:11:00Z');
    await acme.call('2026-11-17T09:06:59.999Z', '2026-11-17T09:07:00Z', '2026-11-17T17:10:59.999Z', '2026-11-17T17:11:00Z');
    expect(await acme.statements(subscription)).toEqual([
      '2026-11-01 to 2026-11-16 basic 1 grace: 5 calls, base 15, total 16.5',
      '2026-11-16 to 2026-11-17T09:07Z pro 1 grace: 2 calls, base 4.14, total 4.34',
      '2026-11-17T09:07Z to 2026-11-17T17:11Z basic 1 grace: 2 calls, base 0.34, total 0.34',
      '2026-11-17T17:11Z to 2026-12-01 pro 1 open: 1 calls, base 39.85, total 39.95',
    ]);
  });

  it('joins the parts again when the changes are taken back at their instants', async () => {
    await acme.change(subscription, pro, '2026-11-17T09:07:00Z');
    expect(await acme.statements(subscription)).toEqual([
      '2026-11-01 to 2026-11-16 basic 1 grace: 5 calls, base 15, total 16.5',
      '2026-11-16 to 2026-12-01 pro 1 open: 5 calls, base 45, total 45.5',
    ]);
  });

  it('moves the split into the past while that is open', async () => {
    await acme.change(subscription, pro, '2026-11-07T00:00:00Z');
    expect(await acme.statements(subscription)).toEqual([
      '2026-11-01 to 2026-11-07 basic 1 grace: 3 calls, base 6, total 6.5',
      '2026-11-07 to 2026-12-01 pro 1 open: 7 calls, base 72, total 72.7',
    ]);
  });

  it('closes each part for good, and adjusts what comes late', async () => {
    await acme.world.passTime('2026-12-04T00:00:00Z');
    await acme.call('2026-11-06T00:00:00Z', '2026-11-08T00:00:00Z', '2026-12-01T00:00:00Z');
    expect(await acme.statements(subscription)).toEqual([
      '2026-11-01 to 2026-11-07 basic 1 closed: 3 calls, base 6, total 6.5',
      '2026-11-07 to 2026-12-01 pro 1 closed: 7 calls, base 72, total 72.7',
      '2026-12-01 to 2027-01-01 pro 1 open: 1 calls, base 90, adjusted 0.6, total 90.7',
    ]);
    expect(await acme.differences()).toEqual([]);
  });
});
