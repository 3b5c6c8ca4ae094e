import { calendarUnitAt, gnipWindow, type GnipQuery, type GnipWindow, WindowError } from '@tallymark/date-window';
import { DomainError } from '@tallymark/domain';
import { z } from 'zod';
import { type BuiltRequest, queryText, type RawQuery } from '../raw-query.js';
import type { GnipFrame, GnipProjection, GnipUsageQuery } from './canonical.js';

/** The route. The suffix is part of the path. */
export const GNIP_PATH = '/metrics/usage/accounts/{account}.json';

/** All parameters, in the documentation's spelling. They are read by their grammar afterwards. */
export const gnipUsageRequestSchema = z.object({
  bucket: z.string().optional(),
  fromDate: z.string().optional(),
  toDate: z.string().optional(),
});
type Parameter = keyof z.infer<typeof gnipUsageRequestSchema>;
const PARAMETERS: readonly Parameter[] = gnipUsageRequestSchema.keyof().options;
const ACCOUNT_IN_PATH = /^\/metrics\/usage\/accounts\/([^/?]+)\.json$/;

/**
 * The account that a request path names: the path as it came, percent-encoded and without query. It is decoded once, here.
 *
 * @throws DomainError `not_found` when the path is not the contract's, or its encoding is broken.
 */
export function gnipAccountOfPath(path: string): string {
  const account = decode(ACCOUNT_IN_PATH.exec(path)?.[1]);
  if (account === null || !queryText.safeParse(account).success) {
    throw new DomainError('not_found', `no such resource: ${JSON.stringify(path)}; expected ${GNIP_PATH}`);
  }
  return account;
}

/**
 * Reads a request. Names of parameters match in any case, since the documentation itself writes `fromDate` and `fromdate`; unknown
 * parameters are ignored, empty ones count as absent.
 *
 * @param request `account` is decoded already, see {@link gnipAccountOfPath}
 * @param options `now`; `allowLongSpan` lifts the limit of three months
 * @throws DomainError `invalid_request` with the parameter in its details; a malformed date has the family's own sentence as message
 */
export function parseGnipRequest(
  request: { readonly account: string; readonly query: RawQuery },
  options: { readonly now: Date; readonly allowLongSpan?: boolean },
): GnipUsageQuery {
  const window = readWindow(readParameters(request.query), options);
  return {
    account: request.account,
    bucket: window.bucket,
    ...window.echo,
    buckets: window.buckets,
    projection: projectionOf(window, options.now),
  };
}

/** The request for an account's usage in a window. */
export function buildGnipRequest({ account, bucket, fromDate, toDate }: GnipFrame): BuiltRequest {
  return { path: GNIP_PATH.replace('{account}', () => encodeURIComponent(account)), query: { bucket, fromDate, toDate } };
}

/** @throws DomainError when a parameter came more than once with different values, in whatever spelling. */
function readParameters(query: RawQuery): Partial<Record<Parameter, string>> {
  const found: Partial<Record<Parameter, string>> = {};
  for (const [name, value] of Object.entries(query)) {
    const parameter = PARAMETERS.find((known) => known.toLowerCase() === name.toLowerCase());
    if (parameter === undefined || value === undefined) continue;
    for (const text of typeof value === 'string' ? [value] : value) {
      const earlier = found[parameter];
      if (earlier !== undefined && earlier !== text) {
        throw invalid(
          parameter,
          'conflicting',
          `${parameter} came twice: received ${JSON.stringify(earlier)} and ${JSON.stringify(text)}; expected one value`,
        );
      }
      found[parameter] = text;
    }
  }
  return found;
}

function readWindow(query: GnipQuery, { now, allowLongSpan = false }: { now: Date; allowLongSpan?: boolean }): GnipWindow {
  try {
    return gnipWindow(query, now, { allowLongSpan });
  } catch (error) {
    if (!(error instanceof WindowError)) throw error;
    const message = error.code === 'invalid_format' ? familyDateMessage(error.parameter) : error.message;
    throw invalid(error.parameter, error.code, message);
  }
}

/** The sentence that this family of APIs has for a malformed date, two newlines at its end included: clients compare it. */
function familyDateMessage(parameter: string): string {
  return `Invalid date format for query parameter '${parameter}'. Expected format is 'yyyyMMddHHmm'. For example, '201701012315' for January 1st, 11:15 pm 2017 UTC.\n\n`;
}

/**
 * Usage is projected from the span that was counted, so a window that leaves out today, or begins within the month, is not
 * projected as if it had seen the whole month so far.
 */
function projectionOf({ bucket, buckets, includesCurrentMonth }: GnipWindow, now: Date): GnipProjection | null {
  const current = buckets.at(-1);
  if (bucket !== 'month' || !includesCurrentMonth || current === undefined) return null;
  return {
    bucketIndex: buckets.length - 1,
    elapsedMs: Math.max(0, Math.min(now.getTime(), current.window.toMs) - current.window.fromMs),
    monthMs: calendarUnitAt(current.window.from, 'month', 'UTC').durationMs,
  };
}

function invalid(parameter: string, code: string, message: string): DomainError {
  return new DomainError('invalid_request', message, { details: [{ parameter, code, message }] });
}

function decode(segment: string | undefined): string | null {
  try {
    return segment === undefined ? null : decodeURIComponent(segment);
  } catch {
    return null;
  }
}
