import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SubscribedCustomer } from '../support/subscribed-customer.js';

/** A subscription that has ended still owes what comes late, and is credited what it no longer owes, on a statement of adjustments alone. */
describe('a subscription that ends', () => {
  let acme: SubscribedCustomer;
  let subscription: string;

  beforeAll(async () => {
    acme = await SubscribedCustomer.create('2026-09-01T00:00:00Z', '2027-01-31T00:00:00Z');
    subscription = await acme.subscribe(await acme.price('pro', { baseAmount: '30.00', callPrice: '0.50' }), '2026-09-01T00:00:00Z');
    await acme.world.passTime('2026-09-20T00:00:00Z');
    await acme.call('2026-09-05T00:00:00Z', '2026-09-18T00:00:00Z');
    await acme.world.passTime('2026-10-05T00:00:00Z');
  });
  afterAll(() => acme.stop());

  it('is credited what a closed statement billed beyond an end that is set afterwards, in the period in which that is noticed', async () => {
    expect(await acme.statements(subscription)).toEqual([
      '2026-09-01 to 2026-10-01 pro 1 closed: 2 calls, base 30, total 31',
      '2026-10-01 to 2026-11-01 pro 1 open: 0 calls, base 30, total 30',
    ]);
    await acme.end(subscription, '2026-09-16T00:00:00Z', '2026-10-05T00:00:00Z');
    expect(await acme.statements(subscription)).toEqual([
      '2026-09-01 to 2026-10-01 pro 1 closed: 2 calls, base 30, total 31',
      '2026-10-01 to 2026-11-01 pro 1 open: null calls, base 0, adjusted -15.5, total -15.5',
    ]);
    expect(await acme.differences()).toEqual([]);
  });

  it('changes the same statement for what comes late, and drops it when nothing is left to adjust', async () => {
    await acme.call('2026-09-15T00:00:00Z');
    expect((await acme.statements(subscription))[1]).toBe(
      '2026-10-01 to 2026-11-01 pro 1 open: null calls, base 0, adjusted -15, total -15',
    );
    await acme.call(...Array.from({ length: 30 }, () => '2026-09-14T00:00:00Z'));
    expect((await acme.statements(subscription)).slice(1)).toEqual([
      // Two adjustments that cancel each other out stay on the record: of the base amount and of the calls.
      '2026-10-01 to 2026-11-01 pro 1 open: null calls, base 0, total 0',
    ]);
    expect(await acme.differences()).toEqual([]);
  });

  it('closes it like any other, and begins another for what comes then', async () => {
    await acme.world.passTime('2026-12-20T00:00:00Z');
    expect((await acme.statements(subscription))[1]).toBe('2026-10-01 to 2026-11-01 pro 1 closed: null calls, base 0, total 0');
    await acme.call('2026-09-13T00:00:00Z');
    expect((await acme.statements(subscription)).slice(1)).toEqual([
      '2026-10-01 to 2026-11-01 pro 1 closed: null calls, base 0, total 0',
      '2026-12-01 to 2027-01-01 pro 1 open: null calls, base 0, adjusted 0.5, total 0.5',
    ]);
    expect(await acme.differences()).toEqual([]);
    await acme.world.passTime('2027-01-20T00:00:00Z');
    expect((await acme.statements(subscription)).at(-1)).toBe(
      '2026-12-01 to 2027-01-01 pro 1 closed: null calls, base 0, adjusted 0.5, total 0.5',
    );
    expect(await acme.differences()).toEqual([]);
  });
});
