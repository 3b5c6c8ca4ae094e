import type { IncomingMessage } from 'node:http';
import type { FastRoute } from './fast-route.js';

/** Plain digits, which Node's parser has read already; more than nine can't be within any limit. */
const LENGTH = /^[1-9]\d{0,8}$/;

/**
 * The bytes of a body that can be read as it is; undefined when there is more to it: an encoding, chunks of untold length, a wish to be asked first
 * (`Expect`), another content type, or too much of it.
 */
export function plainBodyLength(request: IncomingMessage, { contentTypes }: FastRoute, limitBytes: number): number | undefined {
  const { headers } = request;
  if (request.httpVersionMinor !== 1 || !contentTypes.has(headers['content-type'] ?? '')) return undefined;
  for (const name of UNUSUAL) if (headers[name] !== undefined) return undefined;
  const told = headers['content-length'] ?? '';
  const bytes = LENGTH.test(told) ? Number(told) : Number.POSITIVE_INFINITY;
  return bytes <= limitBytes ? bytes : undefined;
}

const UNUSUAL = ['content-encoding', 'transfer-encoding', 'expect', 'upgrade', 'trailer'] as const;
