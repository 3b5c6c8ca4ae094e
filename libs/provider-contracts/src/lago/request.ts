import { lagoWindow, type LagoWindow, WindowError } from '@tallymark/date-window';
import { CUSTOMER_TYPES, DomainError, type ErrorDetail } from '@tallymark/domain';
import { z } from 'zod';
import { type BuiltRequest, queryText, type RawQuery } from '../raw-query.js';
import { LAGO_COUNTRIES, LAGO_CURRENCIES } from './allow-lists.js';
import type { LagoUsageFilters, LagoUsageQuery } from './canonical.js';

/** The route. */
export const LAGO_USAGE_PATH = '/api/v1/analytics/usage';

/** All eleven parameters, each at most once. Dates and granularity are read by their grammar afterwards. */
export const lagoUsageRequestSchema = z.object({
  time_granularity: z.string().optional(),
  from_date: z.string().optional(),
  to_date: z.string().optional(),
  currency: z.enum(LAGO_CURRENCIES).optional(),
  customer_type: z.enum(CUSTOMER_TYPES).optional(),
  external_customer_id: queryText.optional(),
  customer_country: z.enum(LAGO_COUNTRIES).optional(),
  external_subscription_id: queryText.optional(),
  is_billable_metric_recurring: z.enum(['true', 'false']).optional(),
  plan_code: queryText.optional(),
  billable_metric_code: queryText.optional(),
});

/**
 * Reads a request. Unknown parameters are ignored. An empty filter is an equality with the empty text, which no row has; an empty date or
 * granularity counts as absent.
 *
 * @param options `now`, and the organization's IANA zone, whose dates are meant
 * @throws DomainError `invalid_request` with one detail per bad parameter, `value_is_invalid` or `invalid_format`
 */
export function parseLagoUsageRequest(
  query: RawQuery,
  { now, timeZone }: { readonly now: Date; readonly timeZone: string },
): LagoUsageQuery {
  const result = lagoUsageRequestSchema.safeParse(query);
  const problems = result.success ? [] : result.error.issues.map((issue) => problemOfIssue(issue, query));
  const window = readWindow(query, now, timeZone, problems);
  if (!result.success || window === null) throw invalid(problems);
  return { granularity: window.granularity, periods: window.buckets, filters: filtersOf(result.data) };
}

/** The request for usage in a window of dates, both inclusive. */
export function buildLagoUsageRequest(request: {
  readonly granularity: LagoUsageQuery['granularity'];
  /** `YYYY-MM-DD`. */
  readonly fromDate: string;
  /** `YYYY-MM-DD`. */
  readonly toDate: string;
  readonly filters: LagoUsageFilters;
}): BuiltRequest {
  const { filters } = request;
  const query = {
    time_granularity: request.granularity,
    from_date: request.fromDate,
    to_date: request.toDate,
    currency: filters.currency,
    customer_type: filters.customerType,
    external_customer_id: filters.externalCustomerId,
    customer_country: filters.customerCountry,
    external_subscription_id: filters.externalSubscriptionId,
    is_billable_metric_recurring: filters.isRecurring === null ? null : String(filters.isRecurring),
    plan_code: filters.planCode,
    billable_metric_code: filters.metricCode,
  };
  const present = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== null);
  return { path: LAGO_USAGE_PATH, query: Object.fromEntries(present) };
}

function filtersOf(query: z.infer<typeof lagoUsageRequestSchema>): LagoUsageFilters {
  const recurring = query.is_billable_metric_recurring;
  return {
    currency: query.currency ?? null,
    customerType: query.customer_type ?? null,
    externalCustomerId: query.external_customer_id ?? null,
    customerCountry: query.customer_country ?? null,
    externalSubscriptionId: query.external_subscription_id ?? null,
    isRecurring: recurring === undefined ? null : recurring === 'true',
    planCode: query.plan_code ?? null,
    metricCode: query.billable_metric_code ?? null,
  };
}

/** Adds its problem to the others, so that one answer tells all. */
function readWindow(query: RawQuery, now: Date, timeZone: string, problems: ErrorDetail[]): LagoWindow | null {
  const single = (name: string): string | undefined => (typeof query[name] === 'string' ? query[name] : undefined);
  const dates = { time_granularity: single('time_granularity'), from_date: single('from_date'), to_date: single('to_date') };
  try {
    return lagoWindow(dates, now, timeZone);
  } catch (error) {
    if (!(error instanceof WindowError)) throw error;
    const code = error.code === 'invalid_format' ? 'invalid_format' : 'value_is_invalid';
    problems.push({ parameter: error.parameter, code, message: error.message });
    return null;
  }
}

function problemOfIssue(issue: z.core.$ZodIssue, query: RawQuery): ErrorDetail {
  const parameter = String(issue.path[0]);
  return { parameter, code: 'value_is_invalid', message: `${parameter}: received ${JSON.stringify(query[parameter])}; ${issue.message}` };
}

function invalid(details: readonly ErrorDetail[]): DomainError {
  return new DomainError('invalid_request', details.map(({ message }) => message).join('; '), { details });
}
