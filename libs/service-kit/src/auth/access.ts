import { type CustomDecorator, type ExecutionContext, SetMetadata, createParamDecorator } from '@nestjs/common';
import { DomainError, type Scope } from '@tallymark/domain';
import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal.js';

/** How a credential is carried: `Authorization: Bearer`, `X-API-Key`, or `Authorization: Basic` with the key's name and the key. */
export type AuthScheme = 'bearer' | 'x-api-key' | 'basic';

/** Who may call a route. Every route states one; a service with a route that states none does not start. */
export type Access =
  { readonly kind: 'public' } | { readonly kind: 'operator' } | { readonly kind: 'scopes'; readonly scopes: readonly Scope[] };

export const ACCESS = 'tallymark:access';
export const AUTH_SCHEMES = 'tallymark:auth-schemes';
export const DEFAULT_SCHEMES: readonly AuthScheme[] = ['bearer'];

/** The route needs a credential that has all of these scopes; with none named, any valid credential. */
export function Requires(...scopes: Scope[]): CustomDecorator {
  return SetMetadata(ACCESS, { kind: 'scopes', scopes } satisfies Access);
}

/** The route needs no credential. */
export function Public(): CustomDecorator {
  return SetMetadata(ACCESS, { kind: 'public' } satisfies Access);
}

/** The route is for the operator alone, who bears OPERATOR_TOKEN. */
export function Operator(): CustomDecorator {
  return SetMetadata(ACCESS, { kind: 'operator' } satisfies Access);
}

/** Which ways of carrying a credential the route accepts. Default: `bearer` alone. */
export function AllowSchemes(...schemes: AuthScheme[]): CustomDecorator {
  return SetMetadata(AUTH_SCHEMES, schemes);
}

const principals = new WeakMap<FastifyRequest, Principal>();

export function setPrincipal(request: FastifyRequest, principal: Principal): void {
  principals.set(request, principal);
}

/** The principal of an authenticated request. @throws DomainError `unauthenticated` when the route is public. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new DomainError('unauthenticated', 'this route has no principal, because it is public');
  return principal;
}

/** Injects the {@link Principal} of the request into a handler's parameter. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal =>
  principalOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
