import { describe, expect, it } from '@jest/globals';
import { routeRequest } from './routes.js';

describe('routeRequest', () => {
  it.each([
    ['POST', '/platform/v1/events', 'ingest', '/platform/v1/events'],
    ['GET', '/platform/v1/events', 'usage-api', '/platform/v1/events'],
    ['POST', '/platform/v1/events/corrections', 'usage-api', '/platform/v1/events/corrections'],
    ['POST', '/api/v1/events', 'ingest', '/api/v1/events'],
    ['POST', '/api/v1/events/batch', 'ingest', '/api/v1/events/batch'],
    ['POST', '/api/v1/events/other', 'usage-api', '/api/v1/events/other'],
    ['GET', '/api/v1/events', 'usage-api', '/api/v1/events'],
    ['GET', '/api/v1/analytics/usage', 'usage-api', '/api/v1/analytics/usage'],
    ['GET', '/api/v1-alpha1/projects/default/usage', 'usage-api', '/api/v1-alpha1/projects/default/usage'],
    ['GET', '/v1/usage', 'usage-api', '/v1/usage'],
    ['GET', '/metrics', 'usage-api', '/-/metrics'],
    ['GET', '/metrics/usage/accounts/acme.json', 'usage-api', '/metrics/usage/accounts/acme.json'],
    ['GET', '/api/billing/usage', 'usage-api', '/api/billing/usage'],
    ['GET', '/', 'usage-api', '/'],
    ['GET', '/assets/index.js', 'usage-api', '/assets/index.js'],
    ['GET', '/docs/ingest/', 'ingest', '/docs/'],
    ['GET', '/docs/billing-calc/swagger-ui.css', 'billing-calc', '/docs/swagger-ui.css'],
    ['GET', '/docs/unknown/', 'usage-api', '/docs/unknown/'],
    ['GET', '/openapi/usage-api.json', 'usage-api', '/openapi.json'],
    ['GET', '/openapi/billing-calc.json', 'billing-calc', '/openapi.json'],
    ['POST', '/openapi/ingest.json', 'usage-api', '/openapi/ingest.json'],
  ])('%s %s goes to %s as %s', (method, path, service, rewritten) => {
    expect(routeRequest(method, path)).toEqual({ service, path: rewritten });
  });
});
