import { PassThrough } from 'node:stream';
import { DomainError } from '@tallymark/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CORRECTIONS_PATH, CORRECTION_LIMITS } from './limits.js';

const texts = new WeakMap<FastifyRequest, Buffer[]>();

/**
 * Keeps the text of a correction's body beside what Fastify parses of it: the events in it go to the database as they were written, since a JSON
 * number loses digits as a JavaScript one. Call before routes are registered.
 */
export function keepCorrectionText(instance: FastifyInstance): void {
  instance.addHook('onRoute', (route) => {
    if (route.url !== CORRECTIONS_PATH || !([route.method].flat() as string[]).includes('POST')) return;
    route.bodyLimit = CORRECTION_LIMITS.requestBytes;
    route.preParsing = (request, _reply, payload, done) => {
      const chunks: Buffer[] = [];
      texts.set(request, chunks);
      const kept = new PassThrough();
      kept.on('data', (chunk: Buffer) => chunks.push(chunk));
      kept.pause();
      payload.on('error', (error) => kept.destroy(error));
      done(null, payload.pipe(kept));
    };
  });
}

/** The body of a correction as it was written. */
export function correctionText(request: FastifyRequest): string {
  const chunks = texts.get(request);
  if (chunks === undefined) throw new DomainError('internal', 'the text of the body was not kept');
  return Buffer.concat(chunks).toString('utf8');
}
