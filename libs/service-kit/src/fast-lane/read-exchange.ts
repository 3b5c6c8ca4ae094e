import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import type { Principal } from '../auth/principal.js';
import { toFailure } from '../errors/failure.js';
import { ETAGGED_CACHE_CONTROL, etagOf } from '../http/etag.js';
import { SECURITY_HEADERS } from '../http/security-headers.js';
import { requestIdOf } from '../operations/request-id.js';
import { createRequestLogger, logRequest, tellsOf } from '../operations/request-log.js';
import type { FastLaneParts } from './fast-lane.js';
import type { PlainRead } from './plain-read.js';

/** What a read brought with it into the lane. */
export interface ReadContext extends PlainRead {
  readonly parts: FastLaneParts;
  readonly clientAddress: (request: IncomingMessage) => string;
}

/** Without what an ETagged route sets itself. */
const SECURITY = Object.entries(SECURITY_HEADERS).filter(([name]) => name !== 'cache-control');
const COMMON_HEADERS = [['cache-control', ETAGGED_CACHE_CONTROL], ...SECURITY].flat();
const GOOD_HEADERS = ['content-type', 'application/json; charset=utf-8', ...COMMON_HEADERS];

/** One read in the fast lane, from its head to the end of its answer. */
export class ReadExchange {
  private readonly beganAt = performance.now();
  private readonly requestId: string;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly context: ReadContext,
  ) {
    this.requestId = requestIdOf(request);
  }

  /** Never rejects: what is thrown is answered. */
  async answer(principal: Principal): Promise<void> {
    const { parts, read, request } = this.context;
    parts.lifecycle.enter(this.request);
    // Comes after the last byte of the answer, and when the caller has gone away.
    this.response.once('close', () => this.end());
    try {
      const { body, headers } = await read.answer(principal, request);
      const content = JSON.stringify(body);
      this.send(200, [...GOOD_HEADERS, ...Object.entries(headers).flat(), 'etag', etagOf(content)], content);
    } catch (error) {
      this.refuse(error);
    }
  }

  /** A text leaves together with its head in one write. */
  private send(status: number, headers: readonly string[], content: string | Buffer): void {
    if (this.response.destroyed) return;
    this.response.writeHead(status, ['x-request-id', this.requestId, ...headers, 'content-length', String(Buffer.byteLength(content))]);
    this.response.end(content);
  }

  private refuse(error: unknown): void {
    const { request, parts } = this.context;
    const failure = toFailure(error);
    if (failure.isOurs) this.log().error({ err: error }, failure.message);
    const { status, headers, body } = parts.errorResponder.render(error, failure, { path: request.path, requestId: this.requestId });
    const own = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    const common = [['cache-control', ETAGGED_CACHE_CONTROL] as const, ...SECURITY].filter(([name]) => !own.has(name));
    this.send(status, [...Object.entries(headers), ...common].flat(), body);
  }

  private end(): void {
    const { read, request, parts, clientAddress } = this.context;
    parts.lifecycle.leave(this.request);
    // Of an answer that nobody waited for, nothing is told.
    if (!this.response.writableFinished) return;
    const durationMs = performance.now() - this.beganAt;
    const { statusCode: status } = this.response;
    const { route } = read;
    parts.durations.observe({ method: 'GET', route, status: String(status) }, durationMs / 1_000);
    if (!tellsOf(parts.logger, request.path)) return;
    logRequest(this.log(), { method: 'GET', path: request.path, route, clientAddress: clientAddress(this.request), status, durationMs });
  }

  private log(): FastifyBaseLogger {
    return createRequestLogger(this.context.parts.logger, this.request, this.requestId);
  }
}
