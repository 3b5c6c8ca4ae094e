import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import type { ContractErrors } from '@tallymark/provider-contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { DestinationStream } from 'pino';
import type { BaseConfig } from './config.js';
import type { FastRead } from './fast-lane/fast-read.js';
import type { FastRoute } from './fast-lane/fast-route.js';
import type { PoolStatus } from './operations/metrics.js';

/** Tells the time. Injected by the token {@link CLOCK}, so that tests name the instant. */
export type Clock = () => Date;
/** Injection token of the {@link Clock}. */
export const CLOCK = Symbol('tallymark.clock');
/** Injection token of the {@link ServiceOptions} that a service was created with. */
export const SERVICE_OPTIONS = Symbol('tallymark.service-options');

/** What a readiness check may use. */
export interface ReadinessContext {
  /** To look providers up: `app.get(DataSource)`. */
  readonly app: INestApplicationContext;
  /** Aborted when the check has used up its time. */
  readonly signal: AbortSignal;
}

/** One thing without which the service should get no requests. */
export interface ReadinessCheck {
  /** Shown by `/readyz`: `database`, `migrations`. */
  readonly name: string;
  /** Default 2000. */
  readonly timeoutMs?: number;
  /** Resolves when well; rejects otherwise. The reason goes to the log, never to the client. */
  readonly check: (context: ReadinessContext) => Promise<void>;
}

/** What the OpenAPI document says that routes can't. */
export interface OpenApiOptions {
  readonly title: string;
  readonly description: string;
  /** Tag → what it groups, in the order of the document. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** How to make a service. */
export interface ServiceOptions {
  /** Such as `ingest`; bound to every log line. */
  readonly name: string;
  readonly version: string;
  readonly module: Type | DynamicModule;
  readonly config: BaseConfig & { readonly OPERATOR_TOKEN?: string | undefined };
  readonly readiness: readonly ReadinessCheck[];
  readonly openApi: OpenApiOptions;
  /** How the database pool stands, for the metrics. */
  readonly databasePool?: (app: INestApplicationContext) => PoolStatus;
  /** Contracts that speak an error body of their own on their paths. First match wins. */
  readonly contractErrors?: readonly ContractErrors[];
  /** Most bytes of a request body. Default 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** Most bytes of bodies in memory at one time, over all requests: half of it for one organization, an eighth for all without a good credential. Past it, requests are refused with `unavailable`. Default: no bound. */
  readonly bodyRoomBytes?: number;
  /** Hears how the body of a request begins that is refused before all of it is there, to say whose errors it speaks: its first 256 bytes, or fewer. */
  readonly onBodyRefusal?: (request: FastifyRequest, beginning: Buffer) => void;
  /** False for a service that reads its bodies itself, by parsers it adds in `configureFastify`. Default true: JSON and forms. */
  readonly parsesBodies?: boolean;
  /** Paths on which a query parameter may be repeated, because a contract says so. Everywhere else a repeated one is refused. */
  readonly allowsRepeatedQuery?: (path: string) => boolean;
  /**
   * Whether lines that parts of the application write with Nest's `Logger` during a request name that request. Default true. It takes an async context,
   * which on Node 20 makes every promise of the process dearer: false for a service that logs about requests by `request.log` alone.
   */
  readonly namesRequestsInNestLogs?: boolean;
  /** Called once before routes are registered: content type parsers, plugins, static files. */
  readonly configureFastify?: (instance: FastifyInstance) => void | Promise<void>;
  /** Routes whose plain requests take the fast lane. Called once, when the application is there. */
  readonly fastRoutes?: (app: INestApplicationContext) => readonly FastRoute[];
  /** The same for reads. */
  readonly fastReads?: (app: INestApplicationContext) => readonly FastRead[];
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Default: standard output. */
  readonly logDestination?: DestinationStream;
  /** Makes no provider: enough to describe the routes without a database. Default false. */
  readonly preview?: boolean;
}
