import type { IncomingMessage } from 'node:http';

/** How much of a refused body is still read, and for how long. */
export interface LingerLimits {
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Ten times what any route takes; a caller of a slow line gets the time that proxies commonly give. */
export const LINGER_LIMITS: LingerLimits = { bytes: 64_000_000, milliseconds: 30_000 };

/**
 * Reads what is left of a refused request's body, and throws it away. Most clients send all of a body before they look for an answer; to close
 * the connection under them would break their sending, and they would never read why. The connection stays usable when the body ends within the
 * limits, and is cut when it does not.
 *
 * @returns whether it does; false when all of the body has been read, and when it is announced to be over the limit: then the answer should close the connection
 */
export function lingerOverBody(request: IncomingMessage, limits: LingerLimits = LINGER_LIMITS): boolean {
  const length = Number(request.headers['content-length'] ?? 0);
  const hasBody = length > 0 || request.headers['transfer-encoding'] !== undefined;
  if (request.readableEnded || !hasBody || length > limits.bytes) return false;
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), limits.milliseconds);
  timer.unref();
  let bytes = 0;
  request.unpipe();
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.bytes) socket.destroy();
  });
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  request.resume();
  return true;
}
