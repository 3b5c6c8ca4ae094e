import { parseRfc3339 } from '@tallymark/date-window';
import type { ErrorDetail } from '@tallymark/domain';
import { DomainError } from '@tallymark/domain';
import { z } from 'zod';
import type { BuiltRequest, RawQuery } from '../raw-query.js';
import { queryText } from '../raw-query.js';

/** The documented route, the one its client calls with a bare host, and the older base. All three answer alike. */
export const COMET_USAGE_PATHS = ['/v1/usage', '/usage', '/rest/v1/usage'] as const;

/** Most requests that one answer lists, and how many it lists when not told. */
export const COMET_LIMIT = 1_000;

/** Our two additions: the contract itself has no parameters. */
export const cometRequestSchema = z.object({
  limit: queryText.optional().describe(`How many requests to list, the newest ones: 1 to ${COMET_LIMIT}`),
  before: queryText.optional().describe('RFC 3339 date-time: list only requests made before it'),
});

/** A request, read. */
export interface CometUsageRequest {
  /** The newest so many are listed, oldest first. 1 to {@link COMET_LIMIT}. */
  readonly limit: number;
  /** Only requests before this instant; null for no bound. */
  readonly before: Date | null;
}

/**
 * Reads a request. Empty parameters count as absent, unknown ones are ignored, repeated ones are refused.
 *
 * @throws DomainError `invalid_request` with one detail per bad parameter
 */
export function parseCometUsageRequest(query: RawQuery): CometUsageRequest {
  const details: ErrorDetail[] = [];
  const limit = readParameter(query, 'limit', readLimit, `a whole number from 1 to ${COMET_LIMIT}`, details);
  const before = readParameter(query, 'before', parseRfc3339, 'an RFC 3339 date-time with offset, such as 2026-11-21T10:00:00Z', details);
  if (details.length > 0) throw new DomainError('invalid_request', details.map(({ message }) => message).join('; '), { details });
  return { limit: limit ?? COMET_LIMIT, before };
}

/** The request for the newest `limit` entries before an instant: the reverse of {@link parseCometUsageRequest}. */
export function buildCometUsageRequest({ limit, before }: CometUsageRequest): BuiltRequest {
  return {
    path: COMET_USAGE_PATHS[0],
    query: { ...(limit === COMET_LIMIT ? {} : { limit: String(limit) }), ...(before === null ? {} : { before: before.toISOString() }) },
  };
}

/** Whether a path is this contract's: such requests are not part of the history that they show. */
export function isCometUsagePath(path: string): boolean {
  return COMET_USAGE_PATHS.some((usagePath) => path === usagePath || path === `${usagePath}/`);
}

function readParameter<T>(
  query: RawQuery,
  parameter: keyof typeof cometRequestSchema.shape,
  read: (text: string) => T,
  expected: string,
  details: ErrorDetail[],
): T | null {
  const received = query[parameter];
  if (received === undefined || received === '') return null;
  const text = cometRequestSchema.shape[parameter].safeParse(received);
  try {
    if (text.success && text.data !== undefined) return read(text.data);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  details.push({
    parameter,
    code: Array.isArray(received) ? 'duplicate' : 'invalid_format',
    message: `${parameter}: received ${JSON.stringify(received)}; expected ${expected}`,
  });
  return null;
}

function readLimit(text: string): number {
  const limit = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : Number.NaN;
  if (!(limit <= COMET_LIMIT)) throw new RangeError(`not a limit: ${text}`);
  return limit;
}
