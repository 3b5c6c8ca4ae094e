import type { IncomingHttpHeaders } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError, type Scope } from '@tallymark/domain';
import type { FastifyRequest } from 'fastify';
import { withChallenge } from '../errors/response-headers.js';
import { ACCESS, AUTH_SCHEMES, type Access, type AuthScheme, DEFAULT_SCHEMES, setPrincipal } from './access.js';
import { Authenticator } from './authenticator.js';
import { type Presented, challengeOf, instructionOf, readPresented } from './presented.js';
import type { Principal } from './principal.js';

/** Lets a request pass when its credential is good for the route. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, targets);
    if (access === undefined) throw new DomainError('internal', 'the route does not state who may call it');
    if (access.kind === 'public') return true;
    const schemes =
      access.kind === 'operator'
        ? DEFAULT_SCHEMES
        : (this.reflector.getAllAndOverride<AuthScheme[] | undefined>(AUTH_SCHEMES, targets) ?? DEFAULT_SCHEMES);
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    setPrincipal(request, await admit(this.authenticator, request.headers, access, schemes));
    return true;
  }
}

/**
 * By the headers of a request, the credential in them that was refused: it is asked for before a body is read, and again behind it, or by a fast lane, and
 * again on the ordinary way. One that was good may have been revoked by then; one that was not costs a look-up each time, and anybody can invent them.
 */
const refused = new WeakMap<IncomingHttpHeaders, { readonly presented: Presented; readonly error: DomainError }>();

/**
 * Who sends a request, whose credential must be good for a route.
 *
 * @throws DomainError `unauthenticated` or `forbidden`, with the challenge of the route's schemes.
 */
export async function admit(
  authenticator: Authenticator,
  headers: IncomingHttpHeaders,
  access: Exclude<Access, { readonly kind: 'public' }>,
  schemes: readonly AuthScheme[] = DEFAULT_SCHEMES,
): Promise<Principal> {
  const presented = readPresented(headers, schemes);
  if (presented === undefined)
    throw withChallenge(new DomainError('unauthenticated', `no credential; expected ${instructionOf(schemes)}`), challengeOf(schemes));
  try {
    if (access.kind === 'operator') return authenticator.authenticateOperator(presented);
    const before = refused.get(headers);
    if (before?.presented.scheme === presented.scheme && before.presented.secret === presented.secret) throw before.error;
    const principal = await authenticator.authenticate(presented);
    requireScopes(principal, access.scopes, schemes);
    return principal;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'unauthenticated') {
      if (access.kind === 'scopes') refused.set(headers, { presented, error });
      withChallenge(error, challengeOf(schemes, 'error="invalid_token"'));
    }
    throw error;
  }
}

function requireScopes(principal: Principal, required: readonly Scope[], schemes: readonly AuthScheme[]): void {
  const missing = required.filter((scope) => !principal.scopes.has(scope));
  if (missing.length === 0) return;
  const details = missing.map((scope) => ({
    parameter: 'Authorization',
    code: 'missing_scope',
    message: `the credential lacks the scope ${scope}`,
  }));
  const has = [...principal.scopes].sort().join(' ') || 'none';
  const error = new DomainError('forbidden', `the credential has the scopes ${has}; the route also needs ${missing.join(' ')}`, {
    details,
  });
  throw withChallenge(error, challengeOf(schemes, `error="insufficient_scope", scope="${required.join(' ')}"`));
}
