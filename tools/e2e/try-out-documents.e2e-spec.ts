import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import type { Browser } from 'playwright-core';
import { launchChromium } from './chromium.js';
import { CONTRACTS } from './conformance-contracts.js';
import { type ConformanceWorld, createConformanceWorld } from './conformance-world.js';
import { type Platform, startPlatform } from './platform.js';
import { openOperation } from './swagger-page.js';

describe('Swagger UI, in Chromium, through the gateway', () => {
  let database: TestDatabase;
  let platform: Platform;
  let world: ConformanceWorld;
  let browser: Browser;

  beforeAll(async () => {
    database = await startTestDatabase();
    platform = await startPlatform({ database, environment: { GNIP_REQUESTS_PER_MINUTE: '1000' } });
    world = await createConformanceWorld(platform);
    browser = await launchChromium();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    await database?.stop();
  }, 60_000);

  it.each(CONTRACTS.map((contract) => [contract.name, contract] as const))(
    '%s: refused without a credential; and authorized by its own scheme, the examples as they stand are answered with 200',
    async (name, { template, scheme, statuses }) => {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${platform.baseUrl}/docs/usage-api/`);
      const operation = await openOperation(page, template);
      await operation.tryOut();
      // Asked for Basic credentials the browser itself would put up a window, and wait.
      if (scheme !== 'basic') expect((await operation.execute()).status).toBe(statuses['no credential']);

      const key = world.keys[name];
      const fields = scheme === 'basic' ? [world.gnipUser, key] : [key];
      expect(await operation.authorize(fields)).toBe(fields.length);
      const { status, body } = await operation.execute();
      expect([status, Object.keys(body as object)]).toEqual([200, ROOTS[name]]);
      expect(complaints).toEqual([]);
      await page.close();
    },
    120_000,
  );
});

/** The members at the root of each answer. */
const ROOTS: Readonly<Record<string, readonly string[]>> = {
  billing: ['success', 'data'],
  crossmint: ['data'],
  comet: ['requests'],
  lago: ['usages'],
  gnip: ['account', 'publishers', 'bucket', 'fromDate', 'toDate'],
};
