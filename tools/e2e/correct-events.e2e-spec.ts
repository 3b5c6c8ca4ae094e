import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { waitUntilUsed } from './billing-usage.js';
import { COUNTED } from './counted-plan.js';
import { makeEvent, storeEvents } from './events.js';
import { createOrganization, type TestOrganization } from './organization.js';
import { type Platform, startPlatform } from './platform.js';
import { runVerify } from './run-verify.js';

interface Answer {
  readonly status: number;
  readonly body: { readonly id: string; readonly status: string; readonly impact: { readonly statements: readonly object[] } | null };
}

describe('a correction', () => {
  let database: TestDatabase;
  let platform: Platform;
  let organization: TestOrganization;

  beforeAll(async () => {
    database = await startTestDatabase();
    platform = await startPlatform({ database });
    organization = await createOrganization(platform, COUNTED);
    await storeEvents(platform.baseUrl, organization.apiKey, [makeEvent('wrong', { amount: 70 }), makeEvent('right', { amount: 3 })]);
    await expectAmount(73);
  }, 120_000);
  afterAll(async () => {
    await platform?.stop();
    await database?.stop();
  }, 60_000);

  const call = async (method: 'GET' | 'POST', path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> => {
    const response = await fetch(`${platform.baseUrl}/platform/v1/corrections${path}`, {
      method,
      headers: {
        authorization: `Bearer ${organization.apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };
  const event = { subject: 'acme', source: '/e2e', id: 'wrong' };
  const expectAmount = (used: number): Promise<unknown> => waitUntilUsed(platform, organization, { metric: 'amount', used });
  const expectVerified = async (): Promise<void> => {
    const { exitCode, output } = await runVerify(platform);
    expect([exitCode, output]).toEqual([0, expect.any(String)]);
  };

  it('is tried, applied and taken back over HTTP, and usage follows', async () => {
    const amend = { kind: 'amend', event, replacement: { data: { amount: 7 } }, reason: 'a zero too many' };
    const tried = await call('POST', '', { ...amend, dry_run: true });
    expect(tried).toMatchObject({ status: 201, body: { status: 'proposed' } });
    expect(tried.body.impact?.statements).toMatchObject([{ metrics: [{ metric: 'amount', units_before: '73', units_after: '10' }] }]);
    await expectAmount(73);
    expect(await call('POST', `/${tried.body.id}/apply`)).toMatchObject({ status: 200, body: { status: 'applied' } });
    await expectAmount(10);
    await expectVerified();
    expect(await storeEvents(platform.baseUrl, organization.apiKey, [makeEvent('wrong', { amount: 70 })])).toEqual(['duplicate']);
    expect(await call('POST', `/${tried.body.id}/revert`, { reason: 'it was right' })).toMatchObject({ body: { status: 'reverted' } });
    await expectAmount(73);
    await expectVerified();
  }, 120_000);

  it('waits for billing-calc, and is made once it is back', async () => {
    await platform.kill('billing-calc');
    const asked = await call('POST', '', { kind: 'void', event, reason: 'nobody used it' }, { prefer: 'wait=0' });
    expect(asked).toMatchObject({ status: 202, body: { status: 'pending' } });
    await platform.restart('billing-calc');
    await expectAmount(3);
    expect((await call('GET', `/${asked.body.id}`)).body.status).toBe('applied');
    await expectVerified();
  }, 120_000);
});
