import type { INestApplicationContext } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CredentialSource } from './credential-source.js';
import { type RouteAccess, listRoutes } from './list-routes.js';

/**
 * Holds that every route states who may call it, and that what is needed to check that is there. Run at start, so that a
 * forgotten decorator is no hole and no surprise.
 *
 * @throws Error that names the routes at fault.
 */
export function checkAccess(app: INestApplicationContext, hasOperatorToken: boolean): void {
  const routes = listRoutes(app);
  const undeclared = routes.filter(({ access }) => access === undefined).map(nameOf);
  if (undeclared.length > 0)
    throw new Error(`these routes do not state who may call them: ${undeclared.join(', ')}; expected @Requires, @Public or @Operator`);
  const operated = routes.find(({ access }) => access?.kind === 'operator');
  if (operated !== undefined && !hasOperatorToken)
    throw new Error(`${nameOf(operated)} is for the operator, but the configuration has no OPERATOR_TOKEN`);
  const guarded = routes.find(({ access }) => access?.kind === 'scopes');
  if (guarded !== undefined && !isProvided(app))
    throw new Error(`${nameOf(guarded)} needs credentials, but no module provides a CredentialSource`);
}

function nameOf({ controller, method }: RouteAccess): string {
  return `${controller}.${method}`;
}

function isProvided(app: INestApplicationContext): boolean {
  return [...app.get(ModulesContainer).values()].some((module) => module.providers.has(CredentialSource));
}
