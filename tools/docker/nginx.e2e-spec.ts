import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { waitUntilUsed } from '../e2e/billing-usage.js';
import { makeEvent } from '../e2e/events.js';
import { createOrganization, type TestOrganization } from '../e2e/organization.js';
import { type Platform, startPlatform } from '../e2e/platform.js';
import { SERVICE_NAMES, type ServiceName } from '../stack/gateway/routes.js';
import { choosePort } from '../stack/ports.js';
import { type Nginx, startNginx } from './nginx.js';
import { type RawAnswer, sendRaw } from './send-raw.js';

const METER = {
  code: 'api_calls',
  name: 'API calls',
  unit: 'requests',
  event_type: 'api.request',
  aggregation: 'count',
  value_property: null,
  filters: [],
  group_by: {},
  recurring: false,
};
const CHARGE = {
  metric: 'api_calls',
  name: 'API calls',
  meter_code: 'api_calls',
  unit: 'requests',
  unit_size: '1',
  included_units: '100',
  price: { model: 'standard', unit_amount: '0.02' },
};
const PLAN = { currency: 'USD', interval: 'monthly', base_amount: '29.00', charges: [CHARGE] };
const START_PATIENCE_MS = 120_000;

describe('the platform behind nginx', () => {
  let database: TestDatabase;
  let platform: Platform;
  let nginx: Nginx;
  /** The platform as it is seen through nginx. */
  let behindNginx: Platform;
  let organization: TestOrganization;

  beforeAll(async () => {
    database = await startTestDatabase();
    platform = await startPlatform({ database });
    const upstreams = Object.fromEntries(SERVICE_NAMES.map((name) => [name, platform.urlOf(name)])) as Record<ServiceName, string>;
    nginx = await startNginx({ port: await choosePort(randomInt(20_000, 32_000)), upstreams });
    behindNginx = { ...platform, baseUrl: nginx.url };
    organization = await createOrganization(behindNginx, { meters: [METER], plan: PLAN });
  }, START_PATIENCE_MS);
  afterAll(async () => {
    await nginx?.stop();
    await platform?.stop();
    await database?.stop();
  }, START_PATIENCE_MS);

  const get = (target: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> =>
    sendRaw(nginx.url, { method: 'GET', target, headers: { authorization: `Bearer ${organization.apiKey}`, ...headers } });
  const sendEvents = (target: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> =>
    sendRaw(nginx.url, {
      method: 'POST',
      target,
      headers: { authorization: `Bearer ${organization.apiKey}`, 'content-type': 'application/cloudevents-batch+json', ...headers },
      body,
    });

  it('takes events, lists them, and shows them counted', async () => {
    const id = randomUUID();
    const answer = await sendEvents('/platform/v1/events', JSON.stringify([makeEvent(id)]));
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, { results: [{ verdict: 'stored' }] }]);
    await waitUntilUsed(behindNginx, organization, { metric: 'apiCalls', used: 1 });
    const listed = await get('/platform/v1/events?limit=1');
    expect([listed.status, JSON.parse(listed.body)]).toMatchObject([200, { data: [{ id }] }]);
  });

  it("takes the OpenMeter client's events", async () => {
    const answer = await sendEvents('/api/v1/events', JSON.stringify([makeEvent(randomUUID(), {}, 'other.type')]));
    expect([answer.status, answer.body]).toEqual([204, '']);
  });

  it.each(SERVICE_NAMES)('leads to the documents of %s, offline', async (name) => {
    const page = await get(`/docs/${name}/`);
    expect([page.status, page.headers['content-type']]).toEqual([200, expect.stringContaining('text/html')]);
    expect(page.body).toContain('swagger-ui');
    expect(page.body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    const [script = ''] = /[\w./-]*swagger-ui-bundle\.js/.exec(page.body) ?? [];
    const asset = await get(new URL(script, `http://gateway/docs/${name}/`).pathname);
    expect([asset.status, asset.headers['content-type']]).toEqual([200, expect.stringContaining('javascript')]);
    const document = await get(`/openapi/${name}.json`);
    expect([document.status, JSON.parse(document.body)]).toMatchObject([200, { openapi: expect.stringMatching(/^3\.1\./) }]);
  });

  it.each([
    ['an unknown path', 'GET', '/platform/v1/nothing', 404, 'not_found'],
    ['a method that a route does not have', 'DELETE', '/platform/v1/events', 405, 'method_not_allowed'],
  ])('leaves the refusal of %s to the service', async (_name, method, target, status, code) => {
    const answer = await sendRaw(nginx.url, {
      method,
      target,
      headers: { authorization: `Bearer ${organization.apiKey}`, 'x-request-id': 'request-1234' },
    });
    expect([answer.status, answer.headers['content-type'], answer.headers['x-request-id']]).toEqual([
      status,
      'application/problem+json',
      'request-1234',
    ]);
    expect(JSON.parse(answer.body)).toMatchObject({ status, code, instance: 'urn:request:request-1234' });
  });

  it('refuses a body over 6 MB itself, and one over 5 MB by ingest', async () => {
    const byNginx = await sendEvents('/platform/v1/events', 'x'.repeat(6_000_001));
    const byIngest = await sendEvents('/platform/v1/events', 'x'.repeat(5_500_000));
    expect([byNginx, byIngest].map(({ status, body }) => [status, (JSON.parse(body) as { code: string }).code])).toEqual([
      [413, 'payload_too_large'],
      [413, 'payload_too_large'],
    ]);
    expect(byIngest.body).not.toContain('6000000');
  });

  it('gives nobody another tenant for the asking', async () => {
    const other = { 'x-tenant-id': randomUUID(), 'x-organization-id': randomUUID(), 'x-user-id': 'root', 'x-forwarded-for': '6.6.6.6' };
    const [plain, spoofed] = [await get('/platform/v1/customers'), await get('/platform/v1/customers', other)];
    expect(spoofed.status).toBe(200);
    expect(spoofed.body).toBe(plain.body);
  });

  it.each(['/platform/v1/customers', '/docs', '/docs/usage-api/', '/nowhere'])('%s bears each security header once', async (target) => {
    const { headers } = await get(target);
    for (const name of ['x-content-type-options', 'referrer-policy', 'cache-control', 'x-request-id'])
      expect([name, headers[name]]).toEqual([name, expect.not.stringContaining(' | ')]);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('tells for an absent service when to try again, and passes on as soon as it is back', async () => {
    expect((await get('/readyz')).status).toBe(200);
    await platform.kill('ingest');
    const absent = await sendEvents('/platform/v1/events', '[]', { 'x-request-id': 'request-1234' });
    expect([absent.status, absent.headers['content-type'], absent.headers['retry-after']]).toEqual([503, 'application/problem+json', '1']);
    expect(JSON.parse(absent.body)).toMatchObject({ code: 'unavailable', status: 503, instance: 'urn:request:request-1234' });
    const readiness = await get('/readyz');
    expect([readiness.status, readiness.body]).toEqual([503, '{"status":"unavailable"}']);
    expect((await get('/platform/v1/customers')).status).toBe(200);
    await platform.restart('ingest');
    const back = await sendEvents('/platform/v1/events', JSON.stringify([makeEvent(randomUUID())]));
    expect(back.status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
  });

  it('speaks of an absent usage-api as the contract does', async () => {
    await platform.terminate('usage-api');
    const answer = await get('/api/billing/usage');
    expect([answer.status, answer.headers['retry-after'], JSON.parse(answer.body)]).toMatchObject([
      503,
      '1',
      { success: false, error: { code: 'SERVICE_UNAVAILABLE' } },
    ]);
    expect((await get('/readyz')).status).toBe(503);
    await platform.restart('usage-api');
    expect((await get('/api/billing/usage', { authorization: `Bearer ${organization.customerToken}` })).status).toBe(200);
  });
});
