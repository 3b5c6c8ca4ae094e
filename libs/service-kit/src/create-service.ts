import type { IncomingMessage } from 'node:http';
import { Logger as NestLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger as NestPinoLogger } from 'nestjs-pino';
import { type FastifyBaseLogger, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { Bindings, ChildLoggerOptions } from 'pino';
import { checkAccess } from './auth/access-check.js';
import { Authenticator } from './auth/authenticator.js';
import { AllowedMethods } from './errors/allowed-methods.js';
import { ErrorResponder } from './errors/error-responder.js';
import { addEtagHook } from './http/etag.js';
import { BodyRooms } from './fast-lane/body-room.js';
import { addBodyRoom } from './fast-lane/body-room-hook.js';
import { addFastLane, type FastLaneParts } from './fast-lane/fast-lane.js';
import { addReadLane } from './fast-lane/read-lane.js';
import { answerClientError } from './http/client-error.js';
import { addLinger } from './http/linger-hook.js';
import { addQueryGuard } from './http/query-guard.js';
import { SECURITY_HEADERS, addSecurityHeaders } from './http/security-headers.js';
import { serveOpenApi } from './openapi.js';
import { addHealth } from './operations/health.js';
import { Lifecycle } from './operations/lifecycle.js';
import { createLogger } from './operations/logger.js';
import { type RequestDurations, addMetrics, addPoolMetrics, createRegistry } from './operations/metrics.js';
import { requestIdOf } from './operations/request-id.js';
import { addRequestLog, createRequestLogger } from './operations/request-log.js';
import { ServiceModule, type ServiceParts } from './service-module.js';
import type { ServiceOptions } from './service-options.js';

const DEFAULT_BODY_LIMIT_BYTES = 1_048_576;
/** Above the 60 s for which common gateways keep an idle connection, so that they close first and lose no request. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** For the whole request to arrive: a client that trickles can't hold a connection. */
const REQUEST_TIMEOUT_MS = 60_000;

/**
 * Makes a service: Nest on Fastify with the error bodies, authentication, logs, metrics, health and documents that all
 * services share. It is initialised and ready for `inject`; `startService` listens.
 *
 * @throws Error when a route does not state who may call it, or a module can't be made.
 */
export async function createService(options: ServiceOptions): Promise<NestFastifyApplication> {
  const clock = options.clock ?? ((): Date => new Date());
  const allowedMethods = new AllowedMethods();
  const parts: ServiceParts = {
    clock,
    logger: createLogger({
      name: options.name,
      version: options.version,
      level: options.config.LOG_LEVEL,
      destination: options.logDestination,
    }),
    registry: createRegistry(),
    lifecycle: new Lifecycle(),
    errorResponder: new ErrorResponder(options.contractErrors ?? [], clock, allowedMethods),
  };
  const adapter = createAdapter(options, parts);
  const app = await NestFactory.create<NestFastifyApplication>(ServiceModule.around(options, parts), adapter, {
    abortOnError: false,
    bufferLogs: true,
    bodyParser: options.parsesBodies ?? true,
    preview: options.preview ?? false,
    routeConflictPolicy: { duplicate: 'error', shadow: 'off' },
  });
  if (options.preview === true) {
    NestLogger.overrideLogger(false);
    return app;
  }
  app.useLogger(app.get(NestPinoLogger));
  checkAccess(app, options.config.OPERATOR_TOKEN !== undefined);
  allowedMethods.observe(adapter.getInstance());
  const durations = addHooks(app, options, parts);
  const { databasePool, fastRoutes, fastReads, bodyRoomBytes = Number.POSITIVE_INFINITY } = options;
  const authenticator = app.get(Authenticator);
  const bodyRooms = new BodyRooms(bodyRoomBytes);
  if (databasePool !== undefined) addPoolMetrics(parts.registry, () => databasePool(app));
  await options.configureFastify?.(adapter.getInstance());
  // Behind the application's own hooks, so that it is what they make of a body that is counted.
  if (options.bodyRoomBytes !== undefined)
    addBodyRoom(adapter.getInstance(), { rooms: bodyRooms, authenticator, onRefusal: options.onBodyRefusal });
  serveOpenApi(app, options.openApi);
  await app.init();
  const laneParts: FastLaneParts = {
    ...parts,
    durations,
    authenticator,
    bodyRooms,
    bodyLimitBytes: bodyLimitOf(options),
    trustedProxies: options.config.TRUST_PROXY,
  };
  if (fastRoutes !== undefined) addFastLane(adapter.getInstance(), fastRoutes(app), laneParts);
  if (fastReads !== undefined) addReadLane(adapter.getInstance(), fastReads(app), laneParts);
  await adapter.getInstance().ready();
  return app;
}

function createAdapter(options: ServiceOptions, parts: ServiceParts): FastifyAdapter {
  return new FastifyAdapter({
    loggerInstance: parts.logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    requestIdHeader: false,
    childLoggerFactory: (logger: FastifyBaseLogger, bindings: Bindings, loggerOptions: ChildLoggerOptions, message: IncomingMessage) => {
      return createRequestLogger(logger, message, String(bindings['reqId']), loggerOptions);
    },
    bodyLimit: bodyLimitOf(options),
    trustProxy: [...options.config.TRUST_PROXY],
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // The refusal while draining is a problem of ours, with the contract's body, not Fastify's.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    // Ids that callers chose stand in paths, and have up to 256 characters of up to 12 bytes each when percent-encoded.
    routerOptions: { maxParamLength: 3_072 },
    // What the router refuses (a malformed path, an over-long parameter) passes no hook and no filter.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      void reply.header('x-request-id', request.id).headers(SECURITY_HEADERS);
      parts.errorResponder.respond(error, request, reply);
    },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
  });
}

function bodyLimitOf({ bodyLimitBytes = DEFAULT_BODY_LIMIT_BYTES }: ServiceOptions): number {
  return bodyLimitBytes;
}

/** The order is the order in which hooks run: a request gets its id first and is refused before it costs anything. */
function addHooks(app: NestFastifyApplication, options: ServiceOptions, parts: ServiceParts): RequestDurations {
  const instance = app.getHttpAdapter().getInstance();
  addRequestLog(instance);
  addHealth(instance, parts.lifecycle, options.readiness, () => app);
  addQueryGuard(instance, options.allowsRepeatedQuery ?? (() => false));
  const durations = addMetrics(instance, parts.registry);
  addEtagHook(instance);
  addSecurityHeaders(instance);
  addLinger(instance);
  return durations;
}
