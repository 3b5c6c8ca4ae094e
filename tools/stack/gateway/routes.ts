/** The services behind the gateway, in the order in which they are started. */
export const SERVICE_NAMES = ['ingest', 'usage-api', 'billing-calc'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Where a request goes. */
export interface Destination {
  readonly service: ServiceName;
  /** Without query. */
  readonly path: string;
}

/** One line of the table: which requests, to whom. */
interface Route {
  readonly methods: readonly string[] | 'any';
  readonly path: RegExp;
  readonly service: (match: RegExpExecArray) => ServiceName;
  /** The path as the service knows it; as it came when absent. */
  readonly rewrite?: (match: RegExpExecArray) => string;
}

const NAMES = SERVICE_NAMES.join('|');

/** Who answers what. The first line that fits decides. */
const ROUTES: readonly Route[] = [
  { methods: ['POST'], path: /^\/platform\/v1\/events$/, service: () => 'ingest' },
  { methods: ['POST'], path: /^\/api\/v1\/events(?:\/batch)?$/, service: () => 'ingest' },
  { methods: ['GET', 'HEAD'], path: new RegExp(`^/docs/(${NAMES})(/.*)$`), service: nameOf, rewrite: (match) => `/docs${match[2]!}` },
  { methods: ['GET', 'HEAD'], path: new RegExp(`^/openapi/(${NAMES})\\.json$`), service: nameOf, rewrite: () => '/openapi.json' },
  // Metrics are for whoever runs the services, and are read from each of them: from here there is no such path.
  { methods: 'any', path: /^\/metrics$/, service: () => 'usage-api', rewrite: () => '/-/metrics' },
  { methods: 'any', path: /^/, service: () => 'usage-api' },
];

function nameOf(match: RegExpExecArray): ServiceName {
  return match[1] as ServiceName;
}

/** Finds who answers a request. `path` is without query. */
export function routeRequest(method: string, path: string): Destination {
  for (const route of ROUTES) {
    const match = route.methods === 'any' || route.methods.includes(method) ? route.path.exec(path) : null;
    if (match) return { service: route.service(match), path: route.rewrite?.(match) ?? path };
  }
  throw new Error(`no route for ${method} ${path}`);
}
