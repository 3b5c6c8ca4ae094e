import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { createGateway } from '../stack/gateway/create-gateway.js';
import { renderDocsIndex } from '../stack/gateway/docs-index.js';
import { SERVICE_NAMES, type ServiceName } from '../stack/gateway/routes.js';
import { choosePort } from '../stack/ports.js';
import { type EchoService, type SeenRequest, startEchoService } from './echo-service.js';
import { type Nginx, startNginx } from './nginx.js';
import { type RawAnswer, sendRaw } from './send-raw.js';

describe('nginx and the gateway of the local stack', () => {
  let services: readonly EchoService[];
  let nginx: Nginx;
  let gateway: FastifyInstance;
  let gatewayUrl: string;
  let seen: SeenRequest[];

  beforeAll(async () => {
    services = await Promise.all(SERVICE_NAMES.map((name) => startEchoService(name, (request) => seen.push(request))));
    const upstreams = Object.fromEntries(SERVICE_NAMES.map((name, index) => [name, services[index]!.url])) as Record<ServiceName, string>;
    nginx = await startNginx({ port: await choosePort(randomInt(20_000, 32_000)), upstreams });
    gateway = await createGateway({ upstreams });
    gatewayUrl = await gateway.listen({ host: '127.0.0.1', port: 0 });
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(async () => {
    await nginx?.stop();
    await gateway?.close();
    for (const service of services ?? []) await service.stop();
  });

  /** The request as the two pass it on, nginx first. */
  async function passOn(method: string, target: string, headers: Readonly<Record<string, string>> = {}): Promise<[RawAnswer, RawAnswer]> {
    return [await sendRaw(nginx.url, { method, target, headers }), await sendRaw(gatewayUrl, { method, target, headers })];
  }

  it.each([
    ['POST', '/platform/v1/events', 'ingest', '/platform/v1/events'],
    ['POST', '/platform/v1/events?x=1', 'ingest', '/platform/v1/events?x=1'],
    ['POST', '/api/v1/events', 'ingest', '/api/v1/events'],
    ['GET', '/platform/v1/events?limit=5&cursor=a%2Bb', 'usage-api', '/platform/v1/events?limit=5&cursor=a%2Bb'],
    ['POST', '/api/v1/events/batch?x=1', 'ingest', '/api/v1/events/batch?x=1'],
    ['POST', '/api/v1/events/batches', 'usage-api', '/api/v1/events/batches'],
    ['GET', '/api/v1/events', 'usage-api', '/api/v1/events'],
    ['DELETE', '/platform/v1/events', 'usage-api', '/platform/v1/events'],
    ['POST', '/platform/v1/events/', 'usage-api', '/platform/v1/events/'],
    ['POST', '/platform/v1/events/corrections', 'usage-api', '/platform/v1/events/corrections'],
    ['POST', '/platform/v1/eventsX', 'usage-api', '/platform/v1/eventsX'],
    ['POST', '/x/platform/v1/events', 'usage-api', '/x/platform/v1/events'],
    ['PATCH', '/platform/v1/meters/1', 'usage-api', '/platform/v1/meters/1'],
    ['GET', '/api/billing/usage', 'usage-api', '/api/billing/usage'],
    ['GET', '/api/v1/analytics/usage?months=2', 'usage-api', '/api/v1/analytics/usage?months=2'],
    ['GET', '/api/v1-alpha1/projects/default/usage', 'usage-api', '/api/v1-alpha1/projects/default/usage'],
    ['GET', '/v1/usage', 'usage-api', '/v1/usage'],
    ['GET', '/rest/v1/usage', 'usage-api', '/rest/v1/usage'],
    ['GET', '/metrics', 'usage-api', '/-/metrics'],
    ['GET', '/metrics/usage/accounts/a%2Fb%20c.json?x=a%20b&x=c+d', 'usage-api', '/metrics/usage/accounts/a%2Fb%20c.json?x=a%20b&x=c+d'],
    ['GET', '/', 'usage-api', '/'],
    ['HEAD', '/', 'usage-api', '/'],
    ['GET', '/assets/index-1a2b.js', 'usage-api', '/assets/index-1a2b.js'],
    ['GET', '/assets//double', 'usage-api', '/assets//double'],
    ['GET', '/docs/ingest/', 'ingest', '/docs/'],
    ['HEAD', '/docs/ingest/', 'ingest', '/docs/'],
    ['GET', '/docs/usage-api/swagger-ui.css?v=1', 'usage-api', '/docs/swagger-ui.css?v=1'],
    ['GET', '/docs/billing-calc/swagger-ui-bundle.js', 'billing-calc', '/docs/swagger-ui-bundle.js'],
    ['GET', '/docs/unknown/', 'usage-api', '/docs/unknown/'],
    ['GET', '/docs/ingestX/', 'usage-api', '/docs/ingestX/'],
    ['POST', '/docs/ingest/', 'usage-api', '/docs/ingest/'],
    ['POST', '/docs', 'usage-api', '/docs'],
    ['GET', '/openapi/ingest.json', 'ingest', '/openapi.json'],
    ['GET', '/openapi/usage-api.json?pretty', 'usage-api', '/openapi.json?pretty'],
    ['GET', '/openapi/billing-calc.json', 'billing-calc', '/openapi.json'],
    ['GET', '/openapi/unknown.json', 'usage-api', '/openapi/unknown.json'],
    ['POST', '/openapi/ingest.json', 'usage-api', '/openapi/ingest.json'],
    ['POST', '/livez', 'usage-api', '/livez'],
    ['GET', '/-/refused', 'usage-api', '/-/refused'],
    ['GET', '/-/ingest-is-ready', 'usage-api', '/-/ingest-is-ready'],
  ])('%s %s goes to %s as %s through both', async (method, target, service, url) => {
    const answers = await passOn(method, target);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(seen.map((request) => [request.service, request.method, request.url])).toEqual([
      [service, method, url],
      [service, method, url],
    ]);
  });

  it.each([
    ['/docs/', '/docs'],
    ['/docs/ingest', '/docs/ingest/'],
    ['/docs/usage-api?x', '/docs/usage-api/'],
    ['/docs/billing-calc', '/docs/billing-calc/'],
  ])('%s moves to %s in both', async (target, location) => {
    const answers = await passOn('GET', target);
    expect(answers.map(({ status, headers }) => [status, headers['location']])).toEqual([
      [308, location],
      [308, location],
    ]);
  });

  it('the page at /docs is the same, and asks for nothing from elsewhere', async () => {
    const [fromNginx, fromGateway] = await passOn('GET', '/docs');
    expect(fromNginx.body).toBe(renderDocsIndex());
    expect(fromNginx.body).toBe(fromGateway.body);
    expect(fromNginx.headers['content-type']).toBe(fromGateway.headers['content-type']);
    expect(fromNginx.headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('/livez is answered by the gateway itself', async () => {
    const answers = await passOn('GET', '/livez');
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [200, '{"status":"ok"}'],
      [200, '{"status":"ok"}'],
    ]);
    expect(seen).toEqual([]);
  });

  it('the services learn who asks from the gateway alone', async () => {
    await passOn('GET', '/v1/usage', {
      host: 'usage.example:8443',
      'x-request-id': 'request-1234',
      authorization: 'Bearer key',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-api-key': 'kept',
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '1',
      'x-forwarded-user': 'root',
      'x-forwarded-prefix': '/evil',
      'x-forwarded-email': 'root@evil.example',
      'x-original-url': '/evil',
      'x-rewrite-url': '/evil',
      'x-real-ip': '6.6.6.6',
      'x-tenant-id': 'other',
      'x-user-id': 'root',
      'x-organization-id': 'other',
      x_tenant_id: 'other',
      forwarded: 'for=6.6.6.6',
      'proxy-connection': 'keep-alive',
      te: 'trailers',
    });
    const [byNginx, byGateway] = seen.map(({ headers }) => headers);
    // Names with underscores are no header to nginx; the services know none of them.
    const { host: _host, connection: _connection, ...fromNginx } = byNginx!;
    const { host: _sameHost, connection: _sameConnection, x_tenant_id: _unknown, ...fromGateway } = byGateway!;
    expect(fromNginx).toEqual(fromGateway);
    expect(fromNginx).toEqual({
      'x-request-id': 'request-1234',
      authorization: 'Bearer key',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-api-key': 'kept',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'usage.example:8443',
      'x-forwarded-proto': 'http',
    });
  });

  it.each([
    ['absent', {}],
    ['too short', { 'x-request-id': 'short' }],
    ['unfit for a log', { 'x-request-id': 'a"b c{}defgh' }],
  ])('a request id that is %s is made anew', async (_name, headers: Readonly<Record<string, string>>) => {
    await passOn('GET', '/v1/usage', headers);
    for (const { headers: got } of seen) {
      expect(got['x-request-id']).toMatch(/^[A-Za-z0-9-]{32,36}$/);
      expect(got['x-request-id']).not.toBe(headers['x-request-id']);
    }
    expect(seen).toHaveLength(2);
  });

  it('nginx keeps its connections to the services', async () => {
    await sendRaw(nginx.url, { method: 'GET', target: '/v1/usage' });
    expect(seen.map(({ headers, httpVersion }) => [httpVersion, headers.connection])).toEqual([['1.1', undefined]]);
  });
});
