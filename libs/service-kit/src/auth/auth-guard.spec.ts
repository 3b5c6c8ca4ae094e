import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { type Fixture, NOW, OPERATOR_TOKEN, ORGANIZATION_ID, TOKEN_SECRET, createFixture } from '../../test/fixture-service.js';
import { Operator, Requires } from './access.js';
import { mintApiKey } from './api-key.js';
import { signCustomerToken } from './customer-token.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(() => fixture.app.close());

const WHOAMI = '/platform/v1/things/whoami';
const get = (url: string, headers: Record<string, string> = {}): ReturnType<Fixture['app']['inject']> =>
  fixture.app.inject({ method: 'GET', url, headers });
const basic = (user: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

describe('a credential that is good', () => {
  const carriers: [string, (key: string) => Record<string, string>][] = [
    ['Bearer', (key) => ({ authorization: `Bearer ${key}` })],
    ['bearer in small letters', (key) => ({ authorization: `bearer ${key}` })],
    ['X-API-Key', (key) => ({ 'x-api-key': key })],
    ['Basic', (key) => basic('console@acme.test', key)],
  ];
  it.each(carriers)('is read from %s', async (_, carry) => {
    const key = fixture.credentials.issue({ customerId: 'cus-1' });
    const response = await get(WHOAMI, carry(key));
    expect(response.json()).toMatchObject({
      organizationId: ORGANIZATION_ID,
      customerId: 'cus-1',
      scopes: ['catalogue:read'],
      kind: 'api_key',
    });
  });

  it('may be a customer token, which reads the usage of its customer and nothing else', async () => {
    const token = await signCustomerToken(
      TOKEN_SECRET,
      { organizationId: 'org-1', customerId: 'cus-9', expiresAt: new Date('2026-11-21T13:00:00Z') },
      NOW,
    );
    const response = await get(WHOAMI, { authorization: `Bearer ${token}` });
    expect(response.json()).toEqual({
      organizationId: 'org-1',
      customerId: 'cus-9',
      scopes: ['usage:read'],
      credentialId: 'token:cus-9',
      kind: 'customer_token',
    });
    expect((await get('/platform/v1/things/admin', { authorization: `Bearer ${token}` })).statusCode).toBe(403);
  });

  it('may be the operator’s on the operator’s routes alone', async () => {
    const create = (authorization: string): ReturnType<Fixture['app']['inject']> =>
      fixture.app.inject({ method: 'POST', url: '/platform/v1/things/organizations', headers: { authorization } });
    expect((await create(`Bearer ${OPERATOR_TOKEN}`)).json()).toMatchObject({ kind: 'operator' });
    expect((await create(`Bearer ${fixture.credentials.issue()}`)).statusCode).toBe(401);
    expect((await create(`Bearer ${OPERATOR_TOKEN}x`)).statusCode).toBe(401);
    expect((await get(WHOAMI, { authorization: `Bearer ${OPERATOR_TOKEN}` })).statusCode).toBe(401);
  });
});

describe('a credential that is not good', () => {
  const refused: [string, () => Record<string, string>][] = [
    ['unknown', () => ({ authorization: `Bearer ${mintApiKey().key}` })],
    ['malformed', () => ({ authorization: 'Bearer tm_live_nonsense' })],
    ['expired', () => ({ authorization: `Bearer ${fixture.credentials.issue({ expiresAt: NOW })}` })],
    ['revoked', () => ({ authorization: `Bearer ${fixture.credentials.issue({ revokedAt: new Date(0) })}` })],
    ['under another user name', () => basic('somebody@else.test', fixture.credentials.issue())],
    ['Basic without a colon', () => ({ authorization: `Basic ${Buffer.from('nonsense').toString('base64')}` })],
    ['a token of nobody', () => ({ authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln' })],
  ];
  it.each(refused)('is refused with the same sentence when %s', async (_, headers) => {
    const response = await get(WHOAMI, headers());
    expect([response.statusCode, response.json()]).toMatchObject([
      401,
      { code: 'unauthenticated', detail: 'the credential is unknown, expired or revoked', errors: [] },
    ]);
    expect(response.headers['www-authenticate']).toContain('Bearer realm="tallymark", error="invalid_token"');
  });

  it('costs no look-up when its checksum is wrong', async () => {
    const before = fixture.credentials.lookups;
    const { key } = mintApiKey();
    await get(WHOAMI, { authorization: `Bearer ${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}` });
    expect(fixture.credentials.lookups).toBe(before);
  });

  it('stops working within five seconds of its revocation', async () => {
    const { key, hash } = fixture.credentials.issueStored();
    const status = async (ms: number): Promise<number> => {
      fixture.setNow(new Date(NOW.getTime() + ms));
      return (await get(WHOAMI, { authorization: `Bearer ${key}` })).statusCode;
    };
    expect(await status(0)).toBe(200);
    fixture.credentials.byHash.set(hash, { ...fixture.credentials.byHash.get(hash)!, revokedAt: NOW });
    expect([await status(4_999), await status(5_000)]).toEqual([200, 401]);
    fixture.setNow(NOW);
  });

  it.each([
    ['/platform/v1/things', 'Bearer realm="tallymark"'],
    [WHOAMI, 'Bearer realm="tallymark", X-API-Key realm="tallymark", Basic realm="tallymark", charset="UTF-8"'],
    ['/metrics/usage/accounts/acme.json', 'Basic realm="tallymark", charset="UTF-8"'],
  ])('is asked for in the schemes that %s reads', async (url, challenge) => {
    const response = await get(url);
    expect([response.statusCode, response.headers['www-authenticate']]).toEqual([401, challenge]);
  });

  it('is not read from a scheme that the route does not accept', async () => {
    const response = await get('/platform/v1/things', { 'x-api-key': fixture.credentials.issue() });
    expect(response.json()).toMatchObject({ status: 401, detail: 'no credential; expected "Authorization: Bearer <API key>"' });
  });

  it('with too few scopes is told which one is missing', async () => {
    const response = await get('/platform/v1/things/admin', {
      authorization: `Bearer ${fixture.credentials.issue({ scopes: ['usage:read', 'catalogue:read'] })}`,
    });
    expect(response.headers['www-authenticate']).toBe('Bearer realm="tallymark", error="insufficient_scope", scope="keys:admin"');
    expect(response.json()).toMatchObject({
      status: 403,
      detail: 'the credential has the scopes catalogue:read usage:read; the route also needs keys:admin',
      errors: [{ parameter: 'Authorization', code: 'missing_scope', message: 'the credential lacks the scope keys:admin' }],
    });
  });
});

describe('a service does not start', () => {
  @Controller('open')
  class UndeclaredController {
    @Get()
    forgotten(): string {
      return 'open to all';
    }
  }
  @Controller('scoped')
  class ScopedController {
    @Get()
    @Requires('usage:read')
    read(): string {
      return '';
    }
  }
  @Controller('operated')
  class OperatedController {
    @Get()
    @Operator()
    read(): string {
      return '';
    }
  }
  @Module({ controllers: [UndeclaredController] })
  class UndeclaredModule {}
  @Module({ controllers: [ScopedController] })
  class ScopedModule {}
  @Module({ controllers: [OperatedController] })
  class OperatedModule {}

  it.each([
    ['a route does not state who may call it', UndeclaredModule, 'UndeclaredController.forgotten'],
    ['nobody provides credentials', ScopedModule, 'ScopedController.read needs credentials'],
    ['there is no operator token', OperatedModule, 'no OPERATOR_TOKEN'],
  ])('when %s', async (_, module, message) => {
    const { OPERATOR_TOKEN: _token, ...config } = fixtureConfig();
    await expect(createFixture({ module, config })).rejects.toThrow(message);
  });
});

function fixtureConfig(): NonNullable<Parameters<typeof createFixture>[0]>['config'] & object {
  return {
    HOST: '127.0.0.1',
    PORT: 0,
    DATABASE_URL: 'postgres://x@y/z',
    DATABASE_POOL_SIZE: 1,
    LOG_LEVEL: 'silent',
    TRUST_PROXY: ['loopback'],
    SHUTDOWN_GRACE_MS: 1_000,
    TOKEN_SECRET,
  };
}
