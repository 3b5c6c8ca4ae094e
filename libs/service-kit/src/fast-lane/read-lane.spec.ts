import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Fixture, createFixture } from '../../test/fixture-service.js';
import { mintApiKey } from '../auth/api-key.js';

const PATH = '/platform/v1/things';

describe('the lane of reads', () => {
  let fixture: Fixture;

  beforeEach(async () => {
    fixture = await createFixture({
      fastReads: () => [
        {
          route: PATH,
          scopes: ['catalogue:read'],
          schemes: ['bearer'],
          parameters: [],
          answer: async ({ credentialId }) => ({ body: { by: credentialId }, headers: {} }),
        },
      ],
    });
    await fixture.app.listen(0, '127.0.0.1');
  });
  afterEach(() => fixture.app.close());

  const get = async (key: string): Promise<{ status: number; challenge: string | null; body: unknown }> => {
    const { port } = fixture.app.getHttpServer().address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${PATH}`, { headers: { authorization: `Bearer ${key}` } });
    return { status: response.status, challenge: response.headers.get('www-authenticate'), body: await response.json() };
  };

  it('looks a key up once, and answers at once whoever is remembered', async () => {
    const key = fixture.credentials.issue();
    for (const _request of [1, 2]) expect(await get(key)).toEqual({ status: 200, challenge: null, body: { by: 'key-1' } });
    expect(fixture.credentials.lookups).toBe(1);
  });

  it('looks an invented key up once a request, though it is refused on the ordinary way', async () => {
    const { key } = mintApiKey();
    for (const lookups of [1, 2]) {
      expect(await get(key)).toMatchObject({
        status: 401,
        challenge: 'Bearer realm="tallymark", error="invalid_token"',
        body: { code: 'unauthenticated', detail: 'the credential is unknown, expired or revoked' },
      });
      expect(fixture.credentials.lookups).toBe(lookups);
    }
  });

  it('looks a key without the scopes of the route up once, and has it refused on the ordinary way', async () => {
    const key = fixture.credentials.issue({ scopes: ['usage:read'] });
    for (const _request of [1, 2])
      expect(await get(key)).toMatchObject({
        status: 403,
        challenge: 'Bearer realm="tallymark", error="insufficient_scope", scope="catalogue:read"',
        body: { code: 'forbidden' },
      });
    expect(fixture.credentials.lookups).toBe(1);
  });
});
