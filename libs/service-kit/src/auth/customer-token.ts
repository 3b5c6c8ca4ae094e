import { SignJWT, errors, jwtVerify } from 'jose';
import { DomainError } from '@tallymark/domain';

const AUDIENCE = 'tallymark:customer';
const ALGORITHM = 'HS256';

/** What a customer token says: it may read the usage of this one customer. */
export interface CustomerTokenClaims {
  readonly organizationId: string;
  readonly customerId: string;
  readonly expiresAt: Date;
}

/** Signs a token that an organization hands to a customer's browser. `secret` has at least 32 characters. */
export async function signCustomerToken(secret: string, claims: CustomerTokenClaims, now: Date): Promise<string> {
  return new SignJWT({ org: claims.organizationId })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
    .setSubject(claims.customerId)
    .setAudience(AUDIENCE)
    .setIssuedAt(now)
    .setExpirationTime(claims.expiresAt)
    .sign(keyOf(secret));
}

/** @throws DomainError `unauthenticated` when the token is not ours, not for customers, or expired. */
export async function verifyCustomerToken(secret: string, token: string, now: Date): Promise<CustomerTokenClaims> {
  try {
    const { payload } = await jwtVerify(token, keyOf(secret), {
      algorithms: [ALGORITHM],
      audience: AUDIENCE,
      requiredClaims: ['exp', 'sub', 'org'],
      currentDate: now,
    });
    const { sub, exp } = payload;
    const { org } = payload;
    if (typeof sub !== 'string' || typeof org !== 'string' || typeof exp !== 'number')
      throw new errors.JWTInvalid('claims of another type');
    return { organizationId: org, customerId: sub, expiresAt: new Date(exp * 1_000) };
  } catch (cause) {
    if (cause instanceof errors.JOSEError) throw new DomainError('unauthenticated', 'the customer token is not valid', { cause });
    throw cause;
  }
}

function keyOf(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
