import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Authenticator } from '../auth/authenticator.js';
import type { Principal } from '../auth/principal.js';
import type { ErrorResponder } from '../errors/error-responder.js';
import type { Lifecycle } from '../operations/lifecycle.js';
import { Counter, type Registry, type RequestDurations } from '../operations/metrics.js';
import type { BodyRooms } from './body-room.js';
import { FastExchange } from './fast-exchange.js';
import type { FastRoute } from './fast-route.js';
import { plainBodyLength } from './plain-request.js';
import { clientAddressBehind, type Lane, takePlace } from './take-place.js';

/** What the lane shares with the ordinary way, so that nobody can tell by an answer which of the two it came. */
export interface FastLaneParts {
  readonly logger: FastifyBaseLogger;
  readonly lifecycle: Lifecycle;
  readonly errorResponder: ErrorResponder;
  readonly registry: Registry;
  readonly durations: RequestDurations;
  readonly authenticator: Authenticator;
  readonly bodyLimitBytes: number;
  readonly bodyRooms: BodyRooms;
  readonly trustedProxies: readonly string[];
}

/** Anything but visible ASCII after the scheme, and anything but one blank, goes the ordinary way. */
const BEARER = /^Bearer ([\x21-\x7e]+)$/;

/**
 * Answers plain requests to some routes right on Node's HTTP server: router, hooks, guards, pipes and interceptors cost several times what there is
 * to do for a small request. A request is plain when nothing about it needs more than is done here: the path and the content type as they stand
 * in the route, a body of a told length within the limit and without a content encoding, the API key of a bearer that is remembered and good and has the
 * route's scopes, no shutdown. Whatever is not plain, all that would be refused before its body is read included, goes the ordinary way, untouched.
 */
export function addFastLane(instance: FastifyInstance, routes: readonly FastRoute[], parts: FastLaneParts): void {
  takePlace(instance, new FastLane(routes, parts));
}

class FastLane implements Lane {
  private readonly routes: ReadonlyMap<string, FastRoute>;
  private readonly clientAddress: (request: IncomingMessage) => string;
  private readonly taken: Counter;
  private closed = false;

  constructor(
    routes: readonly FastRoute[],
    private readonly parts: FastLaneParts,
  ) {
    this.routes = new Map(routes.map((route) => [route.path, route]));
    this.taken = new Counter({
      name: 'http_fast_lane_requests_total',
      help: 'Requests that took the fast lane, among all that http_request_duration_seconds counts',
      registers: [parts.registry],
    });
    this.clientAddress = clientAddressBehind(parts.trustedProxies);
  }

  close(): void {
    this.closed = true;
  }

  take(request: IncomingMessage, response: ServerResponse): boolean {
    const route = this.routes.get(request.url ?? '');
    if (route === undefined || request.method !== 'POST' || this.closed || this.parts.lifecycle.isDraining) return false;
    const bytes = plainBodyLength(request, route, this.parts.bodyLimitBytes);
    if (bytes === undefined) return false;
    const principal = this.recall(request.headers.authorization, route);
    if (principal === undefined) return false;
    this.taken.inc();
    new FastExchange(request, response, { route, principal, parts: this.parts, clientAddress: this.clientAddress }).begin(bytes);
    return true;
  }

  private recall(authorization: string | undefined, { scopes }: FastRoute): Principal | undefined {
    const secret = BEARER.exec(authorization ?? '')?.[1];
    const principal = secret === undefined ? undefined : this.parts.authenticator.recall({ scheme: 'bearer', secret });
    return principal !== undefined && scopes.every((scope) => principal.scopes.has(scope)) ? principal : undefined;
  }
}
