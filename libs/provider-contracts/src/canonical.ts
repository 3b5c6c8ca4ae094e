import type { Window } from '@tallymark/date-window';
import type { Decimal } from '@tallymark/domain';

/** One metric of a customer's plan in a window. `min(included, used) + overage = used`. */
export interface BillingUsageMetric {
  /** The charge's metric, snake case: `api_calls`. */
  readonly metric: string;
  /** For people: `API Calls`. */
  readonly name: string;
  readonly unit: string;
  /** Units that the plan's base amount pays for in one billing period; zero when none. */
  readonly included: Decimal;
  readonly used: Decimal;
  readonly overage: Decimal;
  /** Used as a percentage of included, 2 decimals; may exceed 100. */
  readonly percentage: Decimal;
  /** What `used` is expected to be at the period's end; null for gauges and for windows that are over. */
  readonly projected: { readonly units: Decimal; readonly percentage: Decimal } | null;
}

/** What a customer used of its plan in a window, and what that costs. */
export interface BillingUsage {
  readonly period: Window;
  /** Up to when events are counted. */
  readonly asOf: Date;
  readonly metrics: readonly BillingUsageMetric[];
  readonly cost: {
    readonly base: Decimal;
    /** Money, whereas a metric's `overage` is units. */
    readonly overage: Decimal;
    readonly total: Decimal;
    /** ISO 4217, upper case. */
    readonly currency: string;
  };
}

/** The type of the events that tell of one {@link ApiRequest} each: what recorders send, ingest redacts, and the request history reads. */
export const API_REQUEST_EVENT = 'api.request';

/** One request that an API key's owner made, as it is kept: redacted before it was written. */
export interface ApiRequest {
  /** As requested, without query; a trailing slash is kept. */
  readonly path: string;
  /** Upper case. */
  readonly method: string;
  readonly request: {
    /** Any JSON value; `{}` when the request had no body. */
    readonly body: unknown;
    readonly query: Readonly<Record<string, unknown>>;
    /** Values of the route's variables. */
    readonly params: Readonly<Record<string, unknown>>;
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, unknown>>;
  };
  /** The JSON body of the answer, a string where it was no JSON; `{}` when there was none. */
  readonly response: unknown;
  /** HTTP status of the answer. */
  readonly status: number;
  /** When the request came in. */
  readonly createdAt: Date;
}
