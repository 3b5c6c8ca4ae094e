import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A place in a distributed trace (W3C Trace Context, level 1). */
export interface TraceContext {
  /** 32 hex digits, the caller's when it sent one. */
  readonly traceId: string;
  /** 16 hex digits, made for this request. */
  readonly spanId: string;
  /** The caller's span; null when the trace begins here. */
  readonly parentSpanId: string | null;
  /** 2 hex digits; `01` is sampled. */
  readonly flags: string;
}

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** Goes on with the trace of a `traceparent` header, or begins one when there is none or it is not valid. */
export function continueTrace(traceparent: string | undefined): TraceContext {
  const [, version, traceId, parentSpanId, flags, more] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  const spanId = randomHex().slice(16);
  const isValid =
    traceId !== undefined && parentSpanId !== undefined && flags !== undefined && !/^0+$/.test(traceId) && !/^0+$/.test(parentSpanId);
  // Version ff is forbidden; later versions may carry more, version 00 may not.
  if (!isValid || version === 'ff' || (version === '00' && more !== undefined))
    return { traceId: randomHex(), spanId, parentSpanId: null, flags: '00' };
  return { traceId, spanId, parentSpanId, flags };
}

/** 32 hex digits, never all zeros. Node makes UUIDs many at a time, which costs a fifth of asking for random bytes each time. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}

const contexts = new WeakMap<IncomingMessage, TraceContext>();

/** The trace of a request: always the same for the same request. */
export function traceOf(message: IncomingMessage): TraceContext {
  const known = contexts.get(message);
  if (known !== undefined) return known;
  const header = message.headers['traceparent'];
  const context = continueTrace(typeof header === 'string' ? header : undefined);
  contexts.set(message, context);
  return context;
}

/** `traceparent` to send along with calls made on behalf of a request: `traceparentOf(request.raw)`. */
export function traceparentOf(message: IncomingMessage): string {
  const { traceId, spanId, flags } = traceOf(message);
  return `00-${traceId}-${spanId}-${flags}`;
}
