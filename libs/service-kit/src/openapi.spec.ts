import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Fixture, createFixture } from '../test/fixture-service.js';
import { buildOpenApi, formatOpenApi } from './openapi.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(() => fixture.app.close());

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: unknown }[];
  readonly requestBody?: unknown;
  readonly security?: unknown;
  readonly responses: Readonly<Record<string, { readonly content?: unknown }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object; readonly securitySchemes: object };
}

describe('the OpenAPI document', () => {
  it('is served, and the same as the one a script writes', async () => {
    const response = await fixture.app.inject('/openapi.json');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual(JSON.parse(formatOpenApi(buildOpenApi(fixture.app))));
  });

  it('is the same, byte for byte, without providers', async () => {
    const preview = await createFixture({ preview: true });
    expect(formatOpenApi(buildOpenApi(preview.app))).toBe(formatOpenApi(buildOpenApi(fixture.app)));
    await preview.app.close();
  });

  it('describes parameters, bodies, answers and problems from the schemas that check them', () => {
    const document = JSON.parse(formatOpenApi(buildOpenApi(fixture.app))) as Document;
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'apiKey', 'basic', 'operator']);
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(['Problem', 'ThingView']));
    const list = document.paths['/platform/v1/things']?.['get'];
    expect(list?.parameters?.map(({ name, in: place, required }) => [name, place, required])).toEqual([
      ['limit', 'query', false],
      ['cursor', 'query', false],
      ['status', 'query', false],
    ]);
    expect(list?.parameters?.[0]?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 100 });
    expect(list?.parameters?.[2]?.schema).toMatchObject({ enum: ['open', 'closed'] });
    expect(list?.responses['403']?.content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
    expect(document.paths['/platform/v1/things']?.['post']?.requestBody).toMatchObject({
      content: { 'application/json': { schema: { type: 'object', required: ['name'] } } },
    });
  });

  it.each([
    ['/platform/v1/things', 'get', [{ bearer: ['catalogue:read'] }]],
    ['/platform/v1/things/whoami', 'get', [{ bearer: [] }, { apiKey: [] }, { basic: [] }]],
    ['/platform/v1/things/organizations', 'post', [{ operator: [] }]],
    ['/platform/v1/things/tagged', 'get', []],
    ['/metrics/usage/accounts/{account}', 'get', [{ basic: ['usage:read'] }]],
  ])('says of %s what its guard asks for', (path, method, security) => {
    const document = JSON.parse(formatOpenApi(buildOpenApi(fixture.app))) as Document;
    expect(document.paths[path]?.[method]?.security).toEqual(security);
  });

  it('refers to nothing that is not there', () => {
    const text = formatOpenApi(buildOpenApi(fixture.app));
    const document = JSON.parse(text) as Document;
    for (const [, name] of text.matchAll(/#\/components\/schemas\/([\w-]+)"/g))
      expect(document.components.schemas).toHaveProperty(name ?? '');
  });
});

describe('Swagger UI', () => {
  it.each(['/docs', '/docs/'])('at %s loads nothing but what the service has, by relative addresses', async (url) => {
    const page = await fixture.app.inject(url);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    const addresses = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(addresses.length).toBeGreaterThan(3);
    for (const address of addresses) {
      expect(address).toMatch(/^\.\//);
      const asset = await fixture.app.inject(new URL(address, `http://localhost${url}`).pathname);
      expect([address, asset.statusCode]).toEqual([address, 200]);
    }
    expect(page.body).not.toMatch(/<script>/);
  });

  it('is told to load no badge of a validator', async () => {
    const script = await fixture.app.inject('/docs/swagger-ui-init.js');
    expect(script.body).toContain('"validatorUrl": null');
  });
});
