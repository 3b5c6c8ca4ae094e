import type { CustomerTokenBody } from './schemas.js';

export function convertCustomerToken(token: string, expiresAt: Date): CustomerTokenBody {
  return { token, expires_at: expiresAt.toISOString() };
}
