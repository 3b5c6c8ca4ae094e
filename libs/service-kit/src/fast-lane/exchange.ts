import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import { toFailure } from '../errors/failure.js';
import { requestIdOf } from '../operations/request-id.js';
import { onceGone } from '../operations/once-gone.js';
import { createRequestLogger, logRequest, tellsOf } from '../operations/request-log.js';
import type { FastLaneParts } from './fast-lane.js';
import { sendAnswer } from './send-answer.js';

/** What an exchange is told of its request by the lane that took it. */
export interface ExchangeFacts {
  readonly parts: FastLaneParts;
  readonly clientAddress: (request: IncomingMessage) => string;
  readonly method: 'GET' | 'POST';
  /** The route's template. */
  readonly route: string;
  /** Of the request line, without the query. */
  readonly path: string;
  /** Headers that every answer of the route bears, by their names in small letters; an error's own come before them. */
  readonly commonHeaders: readonly (readonly [name: string, value: string])[];
}

/** One request in a fast lane, from its head to the end of its answer: what the ordinary way does in hooks. */
export abstract class Exchange {
  private readonly beganAt = performance.now();
  private readonly requestId: string;
  private callOff: (() => void) | undefined;

  constructor(
    protected readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly facts: ExchangeFacts,
  ) {
    this.requestId = requestIdOf(request);
  }

  /** Counts the request among those that run, until its answer has gone or its caller has. */
  protected enter(): void {
    this.facts.parts.lifecycle.enter(this.request);
    const end = (): void => this.end();
    this.callOff = onceGone(this.request.socket, end);
    // Comes after the last byte of the answer, and, where nothing waits before it on the connection, when the caller has gone away.
    this.response.on('close', end);
  }

  /** Whether the request began so long ago. */
  protected hasTaken(milliseconds: number): boolean {
    return performance.now() - this.beganAt > milliseconds;
  }

  /** @param headers names and values in turn */
  protected send(status: number, headers: readonly string[], content: string | Buffer): void {
    sendAnswer(this.response, status, { requestId: this.requestId, headers, content });
  }

  /** Answers what was thrown as if a controller had thrown it. */
  protected refuse(error: unknown): void {
    const { parts, path, commonHeaders } = this.facts;
    const failure = toFailure(error);
    if (failure.isOurs) this.log().error({ err: error }, failure.message);
    const { status, headers, body } = parts.errorResponder.render(error, failure, { path, requestId: this.requestId });
    const own = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    const common = commonHeaders.filter(([name]) => !own.has(name));
    this.send(status, [...Object.entries(headers), ...common].flat(), body);
  }

  /** Called once, when the answer has gone or its caller has: what the exchange still holds is for nobody. */
  protected letGo(): void {
    // Nothing is held, unless an exchange says so.
  }

  private end(): void {
    if (this.callOff === undefined) return;
    this.callOff();
    this.callOff = undefined;
    const { parts, clientAddress, method, route, path } = this.facts;
    parts.lifecycle.leave(this.request);
    this.letGo();
    // Of an answer that nobody waited for, nothing is told.
    if (!this.response.writableFinished) return;
    const durationMs = performance.now() - this.beganAt;
    const { statusCode: status } = this.response;
    parts.durations.observe({ method, route, status: String(status) }, durationMs / 1_000);
    if (!tellsOf(parts.logger, path)) return;
    logRequest(this.log(), { method, path, route, clientAddress: clientAddress(this.request), status, durationMs });
  }

  private log(): FastifyBaseLogger {
    return createRequestLogger(this.facts.parts.logger, this.request, this.requestId);
  }
}
