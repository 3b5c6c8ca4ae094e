import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestRecorder } from './recorder.js';
import { watchExchange } from './watch-exchange.js';

/** Whose request it is. */
export interface FastifyRecorderOptions {
  /** The subject by which events name the caller, asked when the answer is out; null for a request that is not to be recorded. */
  readonly subject: (request: FastifyRequest) => string | null | undefined;
}

/** Records every request of an instance and of what is registered in it, and sends what waits when the instance is closed. */
export function recordFastifyRequests(instance: FastifyInstance, recorder: RequestRecorder, { subject }: FastifyRecorderOptions): void {
  instance.addHook('onRequest', (request, reply, done) => {
    const read = () => ({
      subject: subject(request),
      url: request.originalUrl,
      query: request.query,
      params: request.params,
      body: request.body,
    });
    watchExchange(recorder, request.raw, reply.raw, read, (name) => reply.getHeader(name));
    done();
  });
  instance.addHook('onClose', async () => recorder.close());
}
