import { DomainError, type Scope } from '@tallymark/domain';

/** What a key of one customer may be good for: reading. A customer that sent events would write its own bill, and everything else concerns the whole organization, other customers included. */
export const CUSTOMER_SCOPES: readonly Scope[] = ['projects:usage.read', 'usage:read'];

/**
 * Holds that a new key gets no scope that its maker lacks, and that a customer's key gets none that reaches further than the customer.
 *
 * @param grantable the scopes of whoever makes the key; `all` for the operator.
 * @throws DomainError `forbidden` or `unprocessable` that names each scope that is too much.
 */
export function checkGrants(
  key: { readonly scopes: readonly Scope[]; readonly isForCustomer: boolean },
  grantable: ReadonlySet<Scope> | 'all',
): void {
  const missing = grantable === 'all' ? [] : key.scopes.filter((scope) => !grantable.has(scope));
  if (missing.length > 0) throw refusal('forbidden', key.scopes, missing, 'a key can give no scope that it lacks itself');
  const tooFar = key.isForCustomer ? key.scopes.filter((scope) => !CUSTOMER_SCOPES.includes(scope)) : [];
  if (tooFar.length > 0) throw refusal('unprocessable', key.scopes, tooFar, `a key of one customer may have ${CUSTOMER_SCOPES.join(', ')}`);
}

function refusal(code: 'forbidden' | 'unprocessable', scopes: readonly Scope[], refused: readonly Scope[], rule: string): DomainError {
  const details = refused.map((scope) => ({
    pointer: `/scopes/${scopes.indexOf(scope)}`,
    code: 'not_grantable',
    message: `received "${scope}"; ${rule}`,
  }));
  return new DomainError(code, `scopes ${refused.join(', ')}: ${rule}`, { details });
}
