import { describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { NOW, TOKEN_SECRET } from '../../test/fixture-service.js';
import { signCustomerToken, verifyCustomerToken } from './customer-token.js';

const claims = { organizationId: 'org-1', customerId: 'cus-1', expiresAt: new Date('2026-11-21T13:00:00Z') };
const foreign = (payload: Record<string, unknown>, algorithm = 'HS256'): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: algorithm }).sign(new TextEncoder().encode(TOKEN_SECRET));

describe('customer tokens', () => {
  it('come back as they were signed', async () => {
    expect(await verifyCustomerToken(TOKEN_SECRET, await signCustomerToken(TOKEN_SECRET, claims, NOW), NOW)).toEqual(claims);
  });

  it.each([
    ['another secret', () => signCustomerToken('another-secret-of-at-least-32-characters', claims, NOW)],
    ['a past expiry', () => signCustomerToken(TOKEN_SECRET, { ...claims, expiresAt: NOW }, NOW)],
    ['another audience', () => foreign({ org: 'o', sub: 'c', aud: 'tallymark:operator', exp: 4e9 })],
    ['no expiry', () => foreign({ org: 'o', sub: 'c', aud: 'tallymark:customer' })],
    ['no organization', () => foreign({ sub: 'c', aud: 'tallymark:customer', exp: 4e9 })],
    ['another algorithm', () => foreign({ org: 'o', sub: 'c', aud: 'tallymark:customer', exp: 4e9 }, 'HS512')],
    ['no signature', async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}.`],
  ])('with %s are refused', async (_, make) => {
    await expect(verifyCustomerToken(TOKEN_SECRET, await make(), NOW)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
