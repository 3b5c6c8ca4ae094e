import { DomainError } from '@tallymark/domain';
import {
  eventRequestKind,
  hasEventHeaders,
  isLagoEventBody,
  lagoEventErrors,
  OPENMETER_EVENTS_PATH,
  unsupportedContentType,
} from '@tallymark/provider-contracts';
import { speakErrorsOf } from '@tallymark/service-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JsonDocument } from './lossless-json.js';
import { type EventRequest, parseBody } from './read-events.js';

/** How a body of Lago's begins: its root member stands alone in it. (An extension of a CloudEvent that is called so is no object and no list.) */
const LAGO_ROOT = /^\s*\{\s*"(?:event"\s*:\s*\{|events"\s*:\s*\[)/;
/** Bytes within which a body shows that beginning. */
const BEGINNING = 256;

/**
 * Lets a request to the path that two dialects share hear about failures in its own from the moment its body is there, which is before its
 * credential is looked at. Only the body's beginning is read for it.
 */
export function speakSendersDialect(instance: FastifyInstance): void {
  instance.addHook('preValidation', async (request) => {
    if (Buffer.isBuffer(request.body)) speakDialectOf(request, request.body);
  });
}

/** The same for a request of which only the beginning has come. */
export function speakDialectOf(request: FastifyRequest, beginning: Buffer): void {
  if (request.method !== 'POST' || request.url.split('?', 1)[0] !== OPENMETER_EVENTS_PATH) return;
  if (LAGO_ROOT.test(beginning.subarray(0, BEGINNING).toString('utf8'))) speakErrorsOf(lagoEventErrors, request);
}

/** The body of a request to the shared path when it is Lago's; null when it speaks another dialect. @throws DomainError `invalid_request` */
export function readLagoBody(request: EventRequest): JsonDocument | null {
  if (!isPlainJson(request) || !/^\s*\{/.test(request.body)) return null;
  const document = parseBody(request.body);
  return isLagoEventBody(document.value) ? document : null;
}

/**
 * The body of a request to the path of Lago's batches. One that holds no list is an empty one.
 *
 * @throws DomainError `unsupported_media_type`, `invalid_request`
 */
export function readLagoBatch(request: EventRequest): JsonDocument {
  if (!isPlainJson(request)) throw new DomainError('unsupported_media_type', unsupportedContentType(request.contentType));
  const document = parseBody(request.body);
  const isBatch = isLagoEventBody(document.value) && 'events' in document.value;
  return isBatch ? document : { ...document, value: { events: [] } };
}

function isPlainJson({ contentType, headers }: EventRequest): boolean {
  return eventRequestKind(contentType, { hasEventHeaders: hasEventHeaders(headers) }) === 'single-or-batch';
}
