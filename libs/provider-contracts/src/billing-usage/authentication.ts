import type { Scope } from '@tallymark/domain';

/** The security scheme, as OpenAPI writes it: a customer's session token, or an API key of the customer. */
export const BILLING_USAGE_AUTH = { type: 'http', scheme: 'bearer' } as const;

/** The scope that the contract asks for. */
export const BILLING_USAGE_SCOPE: Scope = 'usage:read';
