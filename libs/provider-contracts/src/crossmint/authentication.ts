import type { Scope } from '@tallymark/domain';

/** The security scheme, as OpenAPI writes it. Header names match in any case. */
export const CROSSMINT_AUTH = { type: 'apiKey', in: 'header', name: 'X-API-KEY' } as const;

/** The scope that the contract asks for. */
export const CROSSMINT_SCOPE: Scope = 'projects:usage.read';
