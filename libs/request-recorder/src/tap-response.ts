import type { ServerResponse } from 'node:http';
import type { CapturedResponse } from './exchange.js';

/** A header of the answer. A framework may keep them to itself until it writes them, and Node does not tell of those that are written at once. */
export type HeaderOf = (name: string) => number | string | string[] | undefined;

/**
 * Watches an answer as it is written, without changing it, and keeps a copy of its body while that is no longer than `maxBytes`.
 *
 * @returns what was seen so far.
 */
export function tapResponse(response: ServerResponse, maxBytes: number, headerOf: HeaderOf): () => CapturedResponse {
  let bytes = 0;
  let chunks: Buffer[] | null = [];
  const see = (chunk: unknown, encoding: unknown): void => {
    const buffer = toBuffer(chunk, encoding);
    if (buffer === null) return;
    bytes += buffer.length;
    if (bytes > maxBytes) chunks = null;
    else chunks?.push(Buffer.from(buffer));
  };
  const write = response.write.bind(response) as (...values: unknown[]) => boolean;
  const end = response.end.bind(response) as (...values: unknown[]) => ServerResponse;
  let ended = false;
  response.write = (...values: unknown[]): boolean => {
    if (!ended) see(values[0], values[1]);
    return write(...values);
  };
  response.end = ((...values: unknown[]): ServerResponse => {
    // Node's own end writes its chunk, perhaps through write.
    if (!ended) see(values[0], values[1]);
    ended = true;
    return end(...values);
  }) as typeof response.end;
  return () => ({
    contentType: textOf(headerOf('content-type')),
    contentEncoding: textOf(headerOf('content-encoding')),
    bytes,
    body: chunks === null ? null : Buffer.concat(chunks),
  });
}

function toBuffer(chunk: unknown, encoding: unknown): Buffer | null {
  if (typeof chunk === 'string') return Buffer.from(chunk, isEncoding(encoding) ? encoding : 'utf8');
  return chunk instanceof Uint8Array ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : null;
}

function isEncoding(value: unknown): value is BufferEncoding {
  return typeof value === 'string' && Buffer.isEncoding(value);
}

function textOf(value: ReturnType<HeaderOf>): string | undefined {
  return Array.isArray(value) ? value[0] : value?.toString();
}
