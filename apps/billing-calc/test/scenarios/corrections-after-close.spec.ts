import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CorrectionKind, CorrectionRepository, type DataSource, newId, performCorrection } from '@tallymark/persistence';
import { SubscribedCustomer } from '../support/subscribed-customer.js';

/** A month that is closed never changes: what a correction takes out of it, or puts in, is credited or owed on the next statement, and back again. */
describe('corrections after the close', () => {
  let acme: SubscribedCustomer;
  let subscription: string;
  let calc: DataSource;
  let corrections: CorrectionRepository;
  let now: Date;

  beforeAll(async () => {
    acme = await SubscribedCustomer.create('2026-09-01T00:00:00Z', '2026-12-31T00:00:00Z');
    calc = await acme.connect('calc');
    corrections = new CorrectionRepository(await acme.connect('api'));
    subscription = await acme.subscribe(
      await acme.price('pro', { baseAmount: '10.00', includedCalls: '2', callPrice: '0.50' }),
      '2026-09-01T00:00:00Z',
    );
    await acme.world.passTime('2026-09-10T00:00:00Z');
    await acme.world.use(['a', 'b', 'c', 'd', 'e', 'f'].map((id, day) => ({ id, subject: 'acme', time: `2026-09-0${day + 1}T12:00:00Z` })));
    await pass('2026-10-05T00:00:00Z');
  });
  afterAll(() => acme.stop());

  const pass = async (until: string): Promise<void> => {
    now = new Date(until);
    await acme.world.passTime(until);
  };
  const perform = async (): Promise<void> => {
    await performCorrection(calc, () => now);
    await acme.world.settle();
  };
  const correct = async (kind: CorrectionKind, request: object): Promise<string> => {
    const { row } = await corrections.create({
      id: newId(now),
      organizationId: acme.world.organizationId,
      externalId: null,
      kind,
      reason: 'the customer was billed for our own test',
      bodyJson: JSON.stringify(request),
      task: 'apply',
      requestedBy: { id: 'key', name: 'finance' },
      createdAt: now,
    });
    await perform();
    return row.id;
  };
  const revert = async (id: string): Promise<void> => {
    const by = { id: 'key', name: 'finance' };
    await corrections.requestTask(acme.world.organizationId, id, { task: 'revert', by, reason: 'it was not' }, () => true);
    await perform();
  };

  it('starts from a closed month of six calls', async () => {
    expect(await acme.statements(subscription)).toEqual([
      '2026-09-01 to 2026-10-01 pro 1 closed: 6 calls, base 10, total 12',
      '2026-10-01 to 2026-11-01 pro 1 open: 0 calls, base 10, total 10',
    ]);
  });

  it('credits a call that is voided', async () => {
    await correct('void', { event: { subject: 'acme', source: '/test', id: 'a' } });
    expect(await acme.statements(subscription)).toEqual([
      '2026-09-01 to 2026-10-01 pro 1 closed: 6 calls, base 10, total 12',
      '2026-10-01 to 2026-11-01 pro 1 open: 0 calls, base 10, adjusted -0.5, total 9.5',
    ]);
    expect(await acme.differences()).toEqual([]);
  });

  let refund: string;
  it('refunds a day by a backfill, once the next month is closed too', async () => {
    await pass('2026-11-06T00:00:00Z');
    refund = await correct('backfill', { window: { from: '2026-09-02T00:00:00Z', to: '2026-09-05T00:00:00Z' }, events: [] });
    expect(await acme.statements(subscription)).toEqual([
      '2026-09-01 to 2026-10-01 pro 1 closed: 6 calls, base 10, total 12',
      '2026-10-01 to 2026-11-01 pro 1 closed: 0 calls, base 10, adjusted -0.5, total 9.5',
      // Two calls are left, and they are included: the rest of what September came to is credited, and no more.
      '2026-11-01 to 2026-12-01 pro 1 open: 0 calls, base 10, adjusted -1.5, total 8.5',
    ]);
    expect(await acme.differences()).toEqual([]);
  });

  it('takes the credit back with the correction, as long as it is open', async () => {
    await revert(refund);
    expect((await acme.statements(subscription)).at(-1)).toBe('2026-11-01 to 2026-12-01 pro 1 open: 0 calls, base 10, total 10');
    expect(await acme.differences()).toEqual([]);
  });

  it('owes what a backfill puts in, and what was credited on a closed statement when it is taken back', async () => {
    const added = await correct('backfill', {
      window: { from: '2026-09-20T00:00:00Z', to: '2026-09-21T00:00:00Z' },
      events: [1, 2, 3].map((n) => ({
        id: `late-${n}`,
        source: '/test',
        type: 'api.request',
        subject: 'acme',
        time: '2026-09-20T12:00:00Z',
      })),
    });
    await pass('2026-12-06T00:00:00Z');
    await revert(added);
    expect(await acme.statements(subscription)).toEqual([
      '2026-09-01 to 2026-10-01 pro 1 closed: 6 calls, base 10, total 12',
      '2026-10-01 to 2026-11-01 pro 1 closed: 0 calls, base 10, adjusted -0.5, total 9.5',
      '2026-11-01 to 2026-12-01 pro 1 closed: 0 calls, base 10, adjusted 1.5, total 11.5',
      '2026-12-01 to 2027-01-01 pro 1 open: 0 calls, base 10, adjusted -1.5, total 8.5',
    ]);
    expect(await acme.differences()).toEqual([]);
  });
});
