import type { DocumentBuilder, OpenAPIObject } from '@nestjs/swagger';
import type { AuthScheme } from './auth/access.js';
import type { RouteAccess } from './auth/list-routes.js';

type SecurityScheme = Parameters<DocumentBuilder['addSecurity']>[1];
type SecurityRequirements = NonNullable<OpenAPIObject['security']>;

const SCHEMES: Readonly<Record<AuthScheme, { readonly name: string; readonly scheme: SecurityScheme }>> = {
  bearer: { name: 'bearer', scheme: { type: 'http', scheme: 'bearer', description: 'An API key (tm_live_…) or a customer token' } },
  'x-api-key': { name: 'apiKey', scheme: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key (tm_live_…)' } },
  basic: { name: 'basic', scheme: { type: 'http', scheme: 'basic', description: 'User: the name of an API key; password: the key' } },
};
const OPERATOR = {
  name: 'operator',
  scheme: { type: 'http', scheme: 'bearer', description: 'OPERATOR_TOKEN of the installation' } as SecurityScheme,
};

/** Adds the schemes that some route uses. */
export function describeSecurity(builder: DocumentBuilder, routes: readonly RouteAccess[]): void {
  const guarded = routes.filter(({ access }) => access?.kind === 'scopes').flatMap(({ schemes }) => schemes);
  const used = Object.entries(SCHEMES).filter(([scheme]) => guarded.includes(scheme as AuthScheme));
  for (const [, { name, scheme }] of used) builder.addSecurity(name, scheme);
  if (routes.some(({ access }) => access?.kind === 'operator')) builder.addSecurity(OPERATOR.name, OPERATOR.scheme);
}

/** What a route asks for: any one of its schemes, with all of its scopes (OpenAPI 3.1 lets every scheme name roles). */
export function securityOf({ access, schemes }: RouteAccess): SecurityRequirements {
  if (access?.kind === 'operator') return [{ [OPERATOR.name]: [] }];
  if (access?.kind !== 'scopes') return [];
  return schemes.map((scheme) => ({ [SCHEMES[scheme].name]: [...access.scopes] }));
}
