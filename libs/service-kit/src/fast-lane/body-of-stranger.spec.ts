import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Module, Post } from '@nestjs/common';
import { type Fixture, MemoryCredentials, createFixture } from '../../test/fixture-service.js';
import { Requires } from '../auth/access.js';
import { mintApiKey } from '../auth/api-key.js';
import { CredentialSource } from '../auth/credential-source.js';

const PATH = '/platform/v1/notes';

@Controller('platform/v1/notes')
class NotesController {
  @Post()
  @Requires('catalogue:read')
  keep(): unknown {
    return { kept: true };
  }
}

describe('the body of a stranger', () => {
  let fixture: Fixture;
  let credentials: MemoryCredentials;

  beforeEach(async () => {
    credentials = new MemoryCredentials();
    @Module({ controllers: [NotesController], providers: [{ provide: CredentialSource, useValue: credentials }] })
    class NotesModule {}
    fixture = await createFixture({ module: NotesModule, bodyRoomBytes: 1_000 });
  });
  afterEach(() => fixture.app.close());

  const post = async (key: string): Promise<{ status: number; challenge: unknown; body: unknown }> => {
    const headers = { authorization: `Bearer ${key}` };
    const { statusCode, headers: answered, ...response } = await fixture.app.inject({ method: 'POST', url: PATH, headers, payload: {} });
    return { status: statusCode, challenge: answered['www-authenticate'], body: response.json() };
  };

  it('costs one look-up of its invented key, each time anew', async () => {
    const { key } = mintApiKey();
    for (const lookups of [1, 2]) {
      expect(await post(key)).toMatchObject({
        status: 401,
        challenge: 'Bearer realm="tallymark", error="invalid_token"',
        body: { code: 'unauthenticated', detail: 'the credential is unknown, expired or revoked' },
      });
      expect(credentials.lookups).toBe(lookups);
    }
  });

  it('says nothing of a key that the next request bears', async () => {
    expect(await post(mintApiKey().key)).toMatchObject({ status: 401 });
    expect(await post(credentials.issue())).toMatchObject({ status: 201, body: { kept: true } });
    expect(await post(credentials.issue({ scopes: ['usage:read'] }))).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});
