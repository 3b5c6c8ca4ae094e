import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SubscribedCustomer } from '../support/subscribed-customer.js';

/** A new price is a new version of the plan: whoever is subscribed keeps the old one until it is changed, whoever subscribes gets the new one. */
describe('a price that changes', () => {
  let acme: SubscribedCustomer;
  let early: string;
  let late: string;
  let dearer: string;

  beforeAll(async () => {
    acme = await SubscribedCustomer.create('2026-09-01T00:00:00Z', '2026-12-31T00:00:00Z');
    early = await acme.subscribe(await acme.price('pro', { baseAmount: '10.00', callPrice: '0.10' }), '2026-09-01T00:00:00Z');
    await acme.world.passTime('2026-09-20T00:00:00Z');
    await acme.call('2026-09-10T00:00:00Z');
    dearer = await acme.price('pro', { baseAmount: '12.00', callPrice: '0.20' });
    late = await acme.subscribe(dearer, '2026-10-01T00:00:00Z');
    await acme.world.passTime('2026-10-20T00:00:00Z');
    await acme.call('2026-10-10T00:00:00Z');
  });
  afterAll(() => acme.stop());

  it('leaves those who are subscribed, also in periods that begin later, and holds for those who come', async () => {
    expect(await acme.statements(early)).toEqual([
      '2026-09-01 to 2026-10-01 pro 1 closed: 1 calls, base 10, total 10.1',
      '2026-10-01 to 2026-11-01 pro 1 open: 1 calls, base 10, total 10.1',
    ]);
    expect(await acme.statements(late)).toEqual(['2026-10-01 to 2026-11-01 pro 2 open: 1 calls, base 12, total 12.2']);
  });

  it('reaches those who are subscribed at the boundary they are told, without a split', async () => {
    await acme.change(early, dearer, '2026-11-01T00:00:00Z');
    await acme.world.passTime('2026-11-10T00:00:00Z');
    await acme.call('2026-10-31T23:59:59.999Z', '2026-11-01T00:00:00Z');
    expect(await acme.statements(early)).toEqual([
      '2026-09-01 to 2026-10-01 pro 1 closed: 1 calls, base 10, total 10.1',
      '2026-10-01 to 2026-11-01 pro 1 closed: 1 calls, base 10, total 10.1',
      '2026-11-01 to 2026-12-01 pro 2 open: 1 calls, base 12, adjusted 0.1, total 12.3',
    ]);
    expect(await acme.differences()).toEqual([]);
  });
});
