import type { UsageWorld } from '@tallymark/testing';

/** Usage of four customers in four currencies, one of them gone together with the meter it was billed by. Said for 2026-11-11. */
export async function addLagoUsage(world: UsageWorld): Promise<void> {
  await world.addMeter('calls');
  await world.addMeter('wallets', { eventType: 'wallet.active', aggregation: 'unique_count', valueProperty: '$.wallet' });
  await world.addMeter('stored', { eventType: 'storage.measured', aggregation: 'latest', valueProperty: '$.bytes', recurring: true });
  const legacyId = await world.addMeter('legacy', { eventType: 'legacy.used' });
  // Nobody's plan prices it.
  await world.addMeter('unpriced', { eventType: 'api.request' });

  await subscribe(world, { name: 'acme', currency: 'USD', type: 'company', country: 'US' }, [
    {
      metric: 'api_calls',
      meterCode: 'calls',
      price: {
        model: 'graduated' as const,
        tiers: [
          { upTo: '10', unitAmount: '0.01', flatAmount: '0' },
          { upTo: null, unitAmount: '0.005', flatAmount: '0' },
        ],
      },
    },
    { metric: 'wallets', price: { model: 'standard' as const, unitAmount: '0.05' } },
    {
      metric: 'storage',
      meterCode: 'stored',
      unitSize: '1000000000',
      includedUnits: '100',
      price: { model: 'standard' as const, unitAmount: '0.10' },
    },
  ]);
  await subscribe(world, { name: 'ann', currency: 'JPY', type: 'individual', country: 'DE' }, [
    { metric: 'calls', price: { model: 'standard', unitAmount: '1.5' } },
  ]);
  await subscribe(world, { name: 'kuwait', currency: 'KWD' }, [{ metric: 'calls', price: { model: 'standard', unitAmount: '0.0015' } }]);
  const goneId = await subscribe(world, { name: 'gone', currency: 'USD', type: 'company' }, [
    { metric: 'legacy', price: { model: 'standard', unitAmount: '3' } },
  ]);

  const calls = (subject: string, time: string, count: number) => Array.from({ length: count }, () => ({ subject, time }));
  const wallet = (time: string, name: string) => ({ subject: 'acme', type: 'wallet.active', time, data: { wallet: name } });
  const stored = (time: string, bytes: number) => ({ subject: 'acme', type: 'storage.measured', time, data: { bytes } });
  await world.use([
    ...calls('acme', '2026-10-12T00:00:00Z', 1),
    ...calls('acme', '2026-11-01T00:00:00Z', 4),
    ...calls('acme', '2026-11-02T23:59:59.999Z', 8),
    ...calls('ann', '2026-11-02T10:00:00Z', 3),
    ...calls('kuwait', '2026-11-02T10:00:00Z', 5),
    ...calls('of-nobody', '2026-11-02T10:00:00Z', 7),
    wallet('2026-11-01T10:00:00Z', 'w1'),
    wallet('2026-11-01T11:00:00Z', 'w1'),
    wallet('2026-11-02T10:00:00Z', 'w1'),
    wallet('2026-11-02T10:00:00Z', 'w2'),
    stored('2026-10-20T10:00:00Z', 90_000_000_000),
    stored('2026-11-03T10:00:00Z', 150_000_000_000),
    stored('2026-11-05T23:00:00Z', 120_000_000_000),
    { subject: 'gone', type: 'legacy.used', time: '2026-09-10T10:00:00Z' },
    { subject: 'gone', type: 'legacy.used', time: '2026-09-11T10:00:00Z' },
  ]);
  await world.owner.query(`UPDATE subscription SET ended_at = '2026-10-01T00:00:00Z' WHERE id = $1`, [goneId]);
  await world.owner.query(`UPDATE meter SET deleted_at = '2026-10-02T00:00:00Z' WHERE id = $1`, [legacyId]);
}

interface CustomerOptions {
  readonly name: string;
  readonly currency: string;
  readonly type?: string;
  readonly country?: string;
}

/** A customer, with a plan and a subscription named after it. @returns the subscription's id. */
async function subscribe(
  world: UsageWorld,
  { name, currency, type, country }: CustomerOptions,
  charges: Parameters<UsageWorld['subscribe']>[0]['charges'],
): Promise<string> {
  const customerId = await world.addCustomer(name, {
    ...(type === undefined ? {} : { type }),
    ...(country === undefined ? {} : { country }),
  });
  const id = await world.subscribe({ customerId, currency, charges });
  await world.owner.query('UPDATE subscription SET external_id = $2 WHERE id = $1', [id, `${name}-sub`]);
  await world.owner.query(
    'UPDATE plan p SET code = $2 FROM plan_version v, subscription s WHERE v.plan_id = p.id AND s.plan_version_id = v.id AND s.id = $1',
    [id, `${name}-plan`],
  );
  return id;
}
