import type { Window } from '@tallymark/date-window';
import { WindowError, billingUsageWindow } from '@tallymark/date-window';
import type { ErrorDetail } from '@tallymark/domain';
import { DomainError } from '@tallymark/domain';
import { z } from 'zod';
import type { BuiltRequest, RawQuery } from '../raw-query.js';
import { queryText } from '../raw-query.js';
import { toMetricId } from './metric-types.js';

/** The route. */
export const BILLING_USAGE_PATH = '/api/billing/usage';

/** All parameters, each at most once. Others are ignored. Dates and metrics are read by their grammar afterwards. */
export const billingUsageRequestSchema = z.object({
  startDate: queryText.optional().describe('ISO 8601 date, or date-time with offset; inclusive'),
  endDate: queryText.optional().describe('ISO 8601 date, inclusive, or date-time with offset'),
  metrics: z.string().max(2_000).optional().describe('Metric ids, comma-separated, in camel or snake case; empty: all'),
});

/** A request, read. */
export interface BillingUsageRequest {
  readonly window: Window;
  /** Whether the window is exactly the current billing period: the only one that has a projection. */
  readonly isCurrentPeriod: boolean;
  /** Metric codes, each once, in the order asked for; null for all of the plan. Narrows what is listed, never what is charged. */
  readonly metrics: readonly string[] | null;
}

/** What a request is read against. */
export interface BillingUsageContext {
  readonly now: Date;
  /** The billing period that holds `now`. */
  readonly currentPeriod: Window;
  readonly periodContaining: (instant: Date) => Window;
  /** Metric codes that may be asked for: the plan's, and the documented types. */
  readonly knownMetrics: readonly string[];
}

/**
 * Reads a request. Empty parameters count as absent, unknown ones are ignored, repeated ones are refused.
 *
 * @throws DomainError `invalid_request` with one detail per bad parameter
 */
export function parseBillingUsageRequest(query: RawQuery, context: BillingUsageContext): BillingUsageRequest {
  const details: ErrorDetail[] = [];
  const texts = readTexts(query, details);
  const metrics = readMetrics(texts.metrics, context.knownMetrics, details);
  const window = readWindow(texts, context, details);
  if (window === null || details.length > 0)
    throw new DomainError('invalid_request', details.map(({ message }) => message).join('; '), { details });
  return { window: window.window, isCurrentPeriod: window.isCurrentPeriod, metrics };
}

/** A request for a window, or for the current billing period; for some metrics, or for all. The reverse of {@link parseBillingUsageRequest}. */
export function buildBillingUsageRequest(request: {
  readonly window: Window | null;
  readonly metrics: readonly string[] | null;
}): BuiltRequest {
  const { window, metrics } = request;
  return {
    path: BILLING_USAGE_PATH,
    query: {
      ...(window === null ? {} : writeWindow(window)),
      ...(metrics === null ? {} : { metrics: metrics.map(toMetricId).join(',') }),
    },
  };
}

type Texts = z.infer<typeof billingUsageRequestSchema>;

function readTexts(query: RawQuery, details: ErrorDetail[]): Texts {
  const result = billingUsageRequestSchema.safeParse(query);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const parameter = String(issue.path[0]);
    const isRepeated = Array.isArray(query[parameter]);
    const expected = isRepeated ? 'expected it once' : issue.message;
    const code = isRepeated ? 'duplicate' : 'invalid_format';
    details.push({ parameter, code, message: `${parameter}: received ${JSON.stringify(query[parameter])}; ${expected}` });
  }
  return {};
}

function readMetrics(text: string | undefined, knownMetrics: readonly string[], details: ErrorDetail[]): string[] | null {
  const names = (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) return null;
  const codesByName = new Map(knownMetrics.flatMap((code) => [[toMetricId(code), code] as const, [code, code] as const]));
  const unknown = names.filter((name) => !codesByName.has(name));
  if (unknown.length > 0) {
    const known = knownMetrics.map(toMetricId).join(', ');
    const message = `metrics: received ${unknown.map((name) => JSON.stringify(name)).join(', ')}; expected some of ${known}`;
    details.push({ parameter: 'metrics', code: 'unknown_metric', message });
  }
  return [...new Set(names.map((name) => codesByName.get(name) ?? name))];
}

function readWindow(
  { startDate, endDate }: Texts,
  context: BillingUsageContext,
  details: ErrorDetail[],
): ReturnType<typeof billingUsageWindow> | null {
  try {
    return billingUsageWindow({ startDate, endDate }, context.now, context.currentPeriod, context.periodContaining);
  } catch (error) {
    if (!(error instanceof WindowError)) throw error;
    details.push({ parameter: error.parameter, code: error.code, message: error.message });
    return null;
  }
}

const DAY_MS = 86_400_000;

/** Whole UTC days as dates, the way the contract's own example does; other windows to the second, their end inclusive. */
function writeWindow(window: Window): { startDate: string; endDate: string } {
  const lastSecond = new Date(window.toMs - 1_000);
  const digits = window.fromMs % DAY_MS === 0 && window.toMs % DAY_MS === 0 ? 10 : 19;
  const suffix = digits === 10 ? '' : 'Z';
  return { startDate: window.from.toISOString().slice(0, digits) + suffix, endDate: lastSecond.toISOString().slice(0, digits) + suffix };
}
