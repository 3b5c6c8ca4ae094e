import type { Scope } from '@tallymark/domain';

/** On whose behalf a request acts. */
export interface Principal {
  /** {@link OPERATOR_ORGANIZATION_ID} for the operator, who belongs to none. */
  readonly organizationId: string;
  /** The one customer the credential is bound to; null when it stands for the whole organization. */
  readonly customerId: string | null;
  readonly scopes: ReadonlySet<Scope>;
  /** Of the API key; of a customer token `token:<customer id>`; `operator`. */
  readonly credentialId: string;
  readonly kind: 'api_key' | 'customer_token' | 'operator';
}

/** The nil UUID: row-level security finds no row for it. */
export const OPERATOR_ORGANIZATION_ID = '00000000-0000-0000-0000-000000000000';
