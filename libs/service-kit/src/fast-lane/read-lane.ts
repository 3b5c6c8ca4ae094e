import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { admit } from '../auth/auth-guard.js';
import { readPresented } from '../auth/presented.js';
import type { Principal } from '../auth/principal.js';
import { Counter } from '../operations/metrics.js';
import type { FastLaneParts } from './fast-lane.js';
import type { FastRead } from './fast-read.js';
import { type PlainRead, PlainReads } from './plain-read.js';
import { ReadExchange } from './read-exchange.js';
import { clientAddressBehind, type Lane, takePlace } from './take-place.js';

/**
 * Answers plain reads right on Node's HTTP server, as `addFastLane` does for events. A plain read has no body, one value for each parameter, characters
 * that mean themselves, and a credential that is good for the route. Who the credential is of may have to be looked up first: when it turns out that the
 * request is to be refused, it goes the ordinary way after all, as it came.
 */
export function addReadLane(instance: FastifyInstance, reads: readonly FastRead[], parts: FastLaneParts): void {
  takePlace(instance, new ReadLane(reads, parts));
}

class ReadLane implements Lane {
  private readonly reads: PlainReads;
  private readonly clientAddress: (request: IncomingMessage) => string;
  private readonly taken: Counter;
  private closed = false;

  constructor(
    reads: readonly FastRead[],
    private readonly parts: FastLaneParts,
  ) {
    this.reads = new PlainReads(reads);
    this.taken = new Counter({
      name: 'http_fast_reads_total',
      help: 'Reads that took the fast lane, among all that http_request_duration_seconds counts',
      registers: [parts.registry],
    });
    this.clientAddress = clientAddressBehind(parts.trustedProxies);
  }

  close(): void {
    this.closed = true;
  }

  take(request: IncomingMessage, response: ServerResponse, ordinary: RequestListener): boolean {
    if (this.closed || this.parts.lifecycle.isDraining) return false;
    const plain = this.reads.find(request);
    const presented = plain === undefined ? undefined : readPresented(request.headers, plain.read.schemes);
    if (plain === undefined || presented === undefined) return false;
    const answer = (principal: Principal): void => {
      this.taken.inc();
      void new ReadExchange(request, response, { ...plain, parts: this.parts, clientAddress: this.clientAddress }).answer(principal);
    };
    const known = this.parts.authenticator.recall(presented);
    if (known !== undefined) {
      if (isAllowed(known, plain)) answer(known);
      return isAllowed(known, plain);
    }
    const { scopes, schemes } = plain.read;
    // Whoever has gone away meanwhile waits for nothing, and would never be seen to go.
    const isGone = (): boolean => response.destroyed || request.socket.destroyed;
    admit(this.parts.authenticator, request.headers, { kind: 'scopes', scopes }, schemes).then(
      (principal) => {
        if (!isGone()) answer(principal);
      },
      () => {
        if (!isGone()) ordinary(request, response);
      },
    );
    return true;
  }
}

function isAllowed(principal: Principal, { read }: PlainRead): boolean {
  return read.scopes.every((scope) => principal.scopes.has(scope));
}
