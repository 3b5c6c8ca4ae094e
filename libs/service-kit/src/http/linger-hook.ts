import type { FastifyInstance } from 'fastify';
import { lingerOverBody } from './linger.js';

/** An answer that comes before its request has ended is one that its caller does not read yet: see {@link lingerOverBody}. */
export function addLinger(instance: FastifyInstance): void {
  instance.addHook('onSend', (request, reply, payload, done) => {
    // Fastify closes the connection of a body it does not read.
    if (lingerOverBody(request.raw)) void reply.removeHeader('connection');
    done(null, payload);
  });
}
