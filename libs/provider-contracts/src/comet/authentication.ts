import type { Scope } from '@tallymark/domain';

/** The security scheme, as OpenAPI writes it: the API key whose requests are listed. */
export const COMET_AUTH = { type: 'http', scheme: 'bearer' } as const;

/** The scope that the contract asks for. */
export const COMET_SCOPE: Scope = 'usage:read';
