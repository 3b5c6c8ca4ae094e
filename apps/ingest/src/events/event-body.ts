import { createGunzip } from 'node:zlib';
import { DomainError, EVENT_LIMITS } from '@tallymark/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Makes Fastify hand every body over as bytes, unpacked when it came as gzip. Bodies are read by the event dialects themselves: only they know
 * what a content type means, and JSON numbers must not lose digits on the way.
 */
export function readEventBodies(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  instance.addHook('preParsing', async (request, _reply, payload) => {
    const encoding = request.headers['content-encoding']?.trim().toLowerCase();
    if (encoding === undefined || encoding === '' || encoding === 'identity') return payload;
    if (encoding !== 'gzip' && encoding !== 'x-gzip') {
      throw new DomainError('unsupported_media_type', `content encoding is ${JSON.stringify(encoding)}; expected gzip or none`);
    }
    delete request.headers['content-length'];
    return unpack(payload);
  });
}

/** The whole body as text; empty when there is none. */
export function bodyText(request: FastifyRequest): string {
  return Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
}

/** Fastify holds the unpacked size to the body limit as it reads, so a small body can't unpack to a huge one. */
function unpack(payload: NodeJS.ReadableStream): NodeJS.ReadableStream {
  const gunzip = createGunzip();
  let receivedEncodedLength = 0;
  payload.on('data', (chunk: Buffer) => {
    receivedEncodedLength += chunk.length;
    if (receivedEncodedLength > EVENT_LIMITS.requestBytes)
      gunzip.destroy(new DomainError('payload_too_large', `the body is over ${EVENT_LIMITS.requestBytes} bytes`));
  });
  payload.on('error', (error) => gunzip.destroy(error));
  gunzip.on('error', () => undefined);
  const unpacked = payload.pipe(gunzip);
  const emit = unpacked.emit.bind(unpacked);
  // Zlib's own errors name no status; whoever sent a broken archive wants to hear that it is theirs.
  unpacked.emit = (event: string | symbol, ...values: unknown[]): boolean =>
    event === 'error' && !(values[0] instanceof DomainError)
      ? emit('error', new DomainError('invalid_request', 'the body is not the gzip its content encoding says it is'))
      : emit(event, ...values);
  return unpacked;
}
