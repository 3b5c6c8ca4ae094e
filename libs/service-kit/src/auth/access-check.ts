import type { INestApplicationContext } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { ACCESS, type Access } from './access.js';
import { CredentialSource } from './credential-source.js';

/**
 * Holds that every route states who may call it, and that what is needed to check that is there. Run at start, so that a
 * forgotten decorator is no hole and no surprise.
 *
 * @throws Error that names the routes at fault.
 */
export function checkAccess(app: INestApplicationContext, hasOperatorToken: boolean): void {
  const routes = listRoutes(app);
  const undeclared = routes.filter(({ access }) => access === undefined).map(({ name }) => name);
  if (undeclared.length > 0) throw new Error(`these routes do not state who may call them: ${undeclared.join(', ')}; expected @Requires, @Public or @Operator`);
  const operated = routes.find(({ access }) => access?.kind === 'operator');
  if (operated !== undefined && !hasOperatorToken) throw new Error(`${operated.name} is for the operator, but the configuration has no OPERATOR_TOKEN`);
  const guarded = routes.find(({ access }) => access?.kind === 'scopes');
  if (guarded !== undefined && !isProvided(app)) throw new Error(`${guarded.name} needs credentials, but no module provides a CredentialSource`);
}

function listRoutes(app: INestApplicationContext): { name: string; access: Access | undefined }[] {
  const reflector = app.get(Reflector);
  const scanner = new MetadataScanner();
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const prototype = metatype.prototype as Readonly<Record<string, unknown>>;
    return scanner.getAllMethodNames(prototype).flatMap((method) => {
      const handler = prototype[method];
      if (typeof handler !== 'function' || !Reflect.hasMetadata(PATH_METADATA, handler)) return [];
      return [{ name: `${metatype.name}.${method}`, access: reflector.getAllAndOverride<Access | undefined>(ACCESS, [handler, metatype]) }];
    });
  });
}

function isProvided(app: INestApplicationContext): boolean {
  return [...app.get(ModulesContainer).values()].some((module) => module.providers.has(CredentialSource));
}
