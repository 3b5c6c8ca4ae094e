import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { START_TIMEOUT_MS } from './support/catalogue-app.js';
import { startContractApp } from './support/contract-app.js';

/** What is settled is so by the database's clock, so that the service goes by the real one too. */
const NOW = new Date();
const LONG_AGO = new Date(NOW.getTime() - 5 * 86_400_000).toISOString();
const PROJECT = '7d2f4c1e-58a3-4b6f-9f0e-3a1c5b8d2e64';

describe('usage that was read often', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let key: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('monthly_active_wallets', {
      eventType: 'wallet.active',
      aggregation: 'unique_count',
      valueProperty: '$.walletId',
    });
    const customerId = await world.addCustomer(PROJECT);
    key = await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['projects:usage.read'] });
    app = await startContractApp(database, () => NOW);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const readWallets = async (): Promise<unknown> => {
    const response = await app.inject({
      url: `/api/v1-alpha1/projects/${PROJECT}/usage?dimension=monthly_active_wallets&startDate=${LONG_AGO.slice(0, 7)}`,
      headers: { 'x-api-key': key },
    });
    expect(response.statusCode).toBe(200);
    return JSON.stringify(response.json<{ data: { usage: unknown } }>().data.usage).match(/"activeWallets":(\d+)/)![1];
  };

  it('shows an event of long ago in the first read after it is counted', async () => {
    for (let wallets = 1; wallets <= 4; wallets += 1) {
      await world.use([{ type: 'wallet.active', subject: PROJECT, time: LONG_AGO, data: { walletId: `wallet ${wallets}` } }]);
      for (let turn = 0; turn < 3; turn += 1) expect(await readWallets()).toBe(String(wallets));
    }
  });
});
