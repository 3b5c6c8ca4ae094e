import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';
import type { FastifyInstance } from 'fastify';

/** A way past the framework for requests that need nothing of it. */
export interface Lane {
  /** Answers a request in time, or hands it to `ordinary` later; false leaves it alone, as it came. */
  readonly take: (request: IncomingMessage, response: ServerResponse, ordinary: RequestListener) => boolean;
  /** Takes nothing from now on. */
  readonly close: () => void;
}

/** Puts a lane before whoever listens to the server now. */
export function takePlace(instance: FastifyInstance, lane: Lane): void {
  const { server } = instance;
  const listeners = server.listeners('request') as RequestListener[];
  const ordinary: RequestListener = (request, response) => {
    for (const listener of listeners) listener.call(server, request, response);
  };
  // From then on Fastify itself tells callers that it is going.
  instance.addHook('preClose', (done) => {
    lane.close();
    done();
  });
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (!lane.take(request, response, ordinary)) ordinary(request, response);
  });
}

/** Whose request it is, by the same rules as Fastify's. */
export function clientAddressBehind(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const trusted = proxyAddr.compile([...trustedProxies]);
  return (request) => proxyAddr(request, trusted);
}
