import type { Scope } from '@tallymark/domain';

/** The security scheme, as OpenAPI writes it. */
export const LAGO_AUTH = { type: 'http', scheme: 'bearer' } as const;

/** The scope that the contract asks for. */
export const LAGO_SCOPE: Scope = 'analytic:read';
