import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import type { Principal } from '../auth/principal.js';
import { toFailure } from '../errors/failure.js';
import { SECURITY_HEADERS } from '../http/security-headers.js';
import { requestIdOf } from '../operations/request-id.js';
import { createRequestLogger, logRequest, tellsOf } from '../operations/request-log.js';
import type { FastLaneParts } from './fast-lane.js';
import type { FastRoute } from './fast-route.js';
import { sendAnswer } from './send-answer.js';

/** What a request brought with it into the lane. */
export interface FastContext {
  readonly route: FastRoute;
  readonly principal: Principal;
  readonly parts: FastLaneParts;
  readonly clientAddress: (request: IncomingMessage) => string;
}

const SECURITY = Object.entries(SECURITY_HEADERS);
const GOOD_HEADERS = [['content-type', 'application/json; charset=utf-8'], ...SECURITY].flat();

/** One request in the fast lane, from its head to the end of its answer. */
export class FastExchange {
  private readonly beganAt = performance.now();
  private readonly requestId: string;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly context: FastContext,
  ) {
    this.requestId = requestIdOf(request);
  }

  /** Reads the body, then answers. @param bytes how long it is */
  begin(bytes: number): void {
    this.context.parts.lifecycle.enter(this.request);
    // Comes after the last byte of the answer, and when the caller has gone away.
    this.response.once('close', () => this.end());
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    let missing = bytes;
    this.request.on('data', (chunk: Buffer) => {
      missing -= chunk.length;
      if (first === undefined) first = chunk;
      else (more ??= [first]).push(chunk);
      if (missing === 0) void this.answer(more === undefined ? first : Buffer.concat(more));
    });
  }

  private async answer(body: Buffer): Promise<void> {
    const { route, principal } = this.context;
    const { headers } = this.request;
    try {
      const content = await route.answer(principal, { contentType: headers['content-type'] ?? '', headers, body });
      this.send(200, GOOD_HEADERS, content);
    } catch (error) {
      this.refuse(error);
    }
  }

  private send(status: number, headers: readonly string[], content: string | Buffer): void {
    sendAnswer(this.response, status, ['x-request-id', this.requestId, ...headers], content);
  }

  private refuse(error: unknown): void {
    const { route, parts } = this.context;
    const failure = toFailure(error);
    if (failure.isOurs) this.log().error({ err: error }, failure.message);
    const { status, headers, body } = parts.errorResponder.render(error, failure, { path: route.path, requestId: this.requestId });
    const security = SECURITY.filter(([name]) => !(name in headers));
    this.send(status, [...Object.entries(headers), ...security].flat(), body);
  }

  private end(): void {
    const { route, parts, clientAddress } = this.context;
    parts.lifecycle.leave(this.request);
    // Of an answer that nobody waited for, nothing is told.
    if (!this.response.writableFinished) return;
    const durationMs = performance.now() - this.beganAt;
    const { statusCode: status } = this.response;
    parts.durations.observe({ method: 'POST', route: route.path, status: String(status) }, durationMs / 1_000);
    if (!tellsOf(parts.logger, route.path)) return;
    const clientAddressText = clientAddress(this.request);
    logRequest(this.log(), { method: 'POST', path: route.path, route: route.path, clientAddress: clientAddressText, status, durationMs });
  }

  private log(): FastifyBaseLogger {
    return createRequestLogger(this.context.parts.logger, this.request, this.requestId);
  }
}
