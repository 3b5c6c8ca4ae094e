import type { EventPlan } from '../world/bench-events.js';

/** Events to send, each acknowledged. */
export interface EventLoad {
  readonly kind: 'events';
  readonly url: string;
  readonly path: string;
  readonly apiKey: string;
  readonly connections: number;
  readonly eventsPerRequest: number;
  readonly plan: EventPlan;
  /** Share of the events that are sent a second time, in other requests. Default 0. */
  readonly resentShare?: number;
  /** Requests begin at this rate whatever the answers; by default each connection sends when its answer is there. */
  readonly eventsPerSecond?: number;
  /** Whether a request may be answered 503 with Retry-After. It is counted then, and not sent again. By default none may. */
  readonly mayBeRefused?: boolean;
}

/** Requests to repeat, in turn, for a time. */
export interface ReadLoad {
  readonly kind: 'reads';
  readonly url: string;
  readonly connections: number;
  readonly requests: readonly { readonly path: string; readonly headers: Readonly<Record<string, string>> }[];
  readonly durationMs: number;
  /** As `eventsPerSecond`. */
  readonly requestsPerSecond?: number;
}

export type Load = EventLoad | ReadLoad;

/** How a load went. Every answer was 200, those apart that may be refused, and of events told that all were accepted. */
export interface LoadResult {
  /** Events acknowledged, or requests answered. */
  readonly done: number;
  /** Requests answered 503, each with Retry-After. */
  readonly refused: number;
  readonly seconds: number;
  /** Of each request. */
  readonly latenciesMs: readonly number[];
}

export type ToLoadProcess = { readonly kind: 'prepare'; readonly load: Load } | { readonly kind: 'start' };
export type FromLoadProcess =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'done'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly message: string };
