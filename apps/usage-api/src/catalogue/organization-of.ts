import { DomainError } from '@tallymark/domain';
import type { Principal } from '@tallymark/service-kit';

/**
 * The organization for which a credential administers the catalogue.
 *
 * @throws DomainError `forbidden` for a credential that is bound to one customer, whatever its scopes: meters, plans, keys and other customers are not its business.
 */
export function organizationOf(principal: Principal): string {
  if (principal.customerId === null) return principal.organizationId;
  throw new DomainError('forbidden', 'the credential is bound to one customer; expected one of the whole organization');
}
