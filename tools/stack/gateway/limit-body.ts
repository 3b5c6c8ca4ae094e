import { type Readable, Transform } from 'node:stream';

/** A body turned out longer than it may be. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
  readonly statusCode = 413;
}

/** Passes a body on, and fails once it is over the limit: a body without a length must not get round it. */
export function limitBody(body: Readable, mostBytes: number): Readable {
  let bytes = 0;
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > mostBytes) done(new BodyTooLargeError(`the body is over ${mostBytes} bytes; expected ${mostBytes} at most`));
      else done(null, chunk);
    },
  });
  // Who reads may have gone on with an answer; a failure after that is nobody's.
  limited.on('error', () => undefined);
  // No pipeline: it would close the caller's connection on a failure, before the answer is sent.
  body.once('close', () => {
    if (!body.readableEnded) limited.destroy(new Error('the caller went away'));
  });
  return body.pipe(limited);
}
