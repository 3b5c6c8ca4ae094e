import type { INestApplicationContext, Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { ACCESS, AUTH_SCHEMES, type Access, type AuthScheme, DEFAULT_SCHEMES } from './access.js';

/** A handler of a controller, and who may call it. */
export interface RouteAccess {
  readonly controller: string;
  readonly method: string;
  /** undefined when the route does not say. */
  readonly access: Access | undefined;
  readonly schemes: readonly AuthScheme[];
}

/** All routes of all controllers, whether or not they are instantiated. */
export function listRoutes(app: INestApplicationContext): RouteAccess[] {
  const reflector = app.get(Reflector);
  const scanner = new MetadataScanner();
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const controller = metatype as Type;
    const prototype = controller.prototype as Readonly<Record<string, unknown>>;
    return scanner.getAllMethodNames(prototype).flatMap((method) => {
      const handler = prototype[method];
      if (typeof handler !== 'function' || !Reflect.hasMetadata(PATH_METADATA, handler)) return [];
      const targets = [handler as () => unknown, controller];
      const access = reflector.getAllAndOverride<Access | undefined>(ACCESS, targets);
      const schemes = reflector.getAllAndOverride<AuthScheme[] | undefined>(AUTH_SCHEMES, targets) ?? DEFAULT_SCHEMES;
      return [{ controller: controller.name, method, access, schemes }];
    });
  });
}
