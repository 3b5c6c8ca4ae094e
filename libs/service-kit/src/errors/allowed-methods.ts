import findMyWay, { type HTTPMethod } from 'find-my-way';
import type { FastifyInstance } from 'fastify';

/**
 * Which methods a path answers to, for 405 and its `Allow`. Fastify tells only whether a route pattern exists, so the
 * routes are entered into a router of the same make, whose one purpose is this question.
 */
export class AllowedMethods {
  private readonly router = findMyWay({ maxParamLength: 3_072 });
  private readonly methods = new Set<HTTPMethod>();

  /** Call before any route is registered. */
  observe(instance: FastifyInstance): void {
    instance.addHook('onRoute', ({ method, url }) => {
      if (url === '*' || url === '/*') return;
      for (const each of [method].flat() as HTTPMethod[]) {
        if (this.router.findRoute(each, url) === null) this.router.on(each, url, () => undefined);
        this.methods.add(each);
      }
    });
  }

  /** Sorted; empty for a path that no method knows. A path that only a catch-all route answers counts as unknown. */
  of(path: string): string[] {
    return [...this.methods].filter((method) => this.router.find(method, path) !== null).sort();
  }
}
