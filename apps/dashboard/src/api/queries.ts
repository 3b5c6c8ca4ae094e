import { type UseQueryResult, skipToken, useQuery } from '@tanstack/react-query';
import type { ApiClient, Answer } from './api-client.js';
import {
  type BillingUsage,
  type Statement,
  type Usage,
  billingUsageAnswer,
  statementAnswer,
  statementListAnswer,
  usageAnswer,
} from './answers.js';
import { ApiError, isForbidden, isUnauthenticated } from './api-error.js';

const POLL_MS = 2_000;
const SLOW_POLL_MS = 30_000;
const RECOVERY_POLL_MS = 5_000;

/** After an error the next request comes later, so that a server in trouble is not pressed, or never, where only another token helps. */
function pollAfter(everyMs: number, error: Error | null): number | false {
  if (isUnauthenticated(error) || isForbidden(error)) return false;
  return error === null ? everyMs : RECOVERY_POLL_MS;
}

/** Polls only while the page is visible, which is how TanStack Query does it by itself. */
function polling(everyMs: number) {
  return {
    retry: false,
    networkMode: 'always' as const,
    structuralSharing: false,
    refetchInterval: ({ state }: { state: { error: Error | null } }) => pollAfter(everyMs, state.error),
  };
}

/** The latest statements of the customer, which say what subscriptions there are. */
export function useStatements(client: ApiClient): UseQueryResult<readonly Statement[]> {
  return useQuery({
    ...polling(SLOW_POLL_MS),
    // A customer that has just been set up gets its first statement within a second.
    refetchInterval: ({ state }: { state: { error: Error | null; data?: readonly Statement[] | undefined } }) =>
      pollAfter(state.data?.length === 0 ? POLL_MS : SLOW_POLL_MS, state.error),
    queryKey: ['statements'],
    queryFn: async ({ signal }) => (await client.get('/platform/v1/statements?limit=50', statementListAnswer, signal)).body.data,
  });
}

/** The current statement of one subscription, live. */
export function useStatement(client: ApiClient, subscriptionId: string): UseQueryResult<Statement> {
  return useQuery({
    ...polling(POLL_MS),
    queryKey: ['statement', subscriptionId],
    queryFn: async ({ signal }) =>
      (await client.get(`/platform/v1/subscriptions/${encodeURIComponent(subscriptionId)}/statement`, statementAnswer, signal)).body,
  });
}

/** The customer's usage as the billing usage contract tells it, live, and up to when it is counted. Null: no subscription runs. */
export function useBillingUsage(client: ApiClient): UseQueryResult<Answer<BillingUsage> | null> {
  return useQuery({
    ...polling(POLL_MS),
    queryKey: ['billing-usage'],
    queryFn: async ({ signal }) => {
      try {
        return await client.get('/api/billing/usage', billingUsageAnswer, signal);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
  });
}

/** Which days of which meter. */
export interface DailyUsageRequest {
  readonly meter: string;
  readonly period: Statement['period'];
  readonly timeZone: string | undefined;
  /** Of the statement: a new one means that there is new usage to draw. */
  readonly revision: number;
}

/** Usage of a meter, day by day over a billing period; null asks for nothing. While a newer answer is on its way, the last one of the same days stands. */
export function useDailyUsage(client: ApiClient, request: DailyUsageRequest | null): UseQueryResult<Usage> {
  const path = request === null ? '' : pathOf(request);
  return useQuery({
    ...polling(SLOW_POLL_MS),
    queryKey: ['daily-usage', path, request?.revision],
    queryFn: request === null ? skipToken : async ({ signal }) => (await client.get(path, usageAnswer, signal)).body,
    placeholderData: (previous, query) => (query?.queryKey[1] === path ? previous : undefined),
    gcTime: SLOW_POLL_MS,
  });
}

function pathOf({ meter, period, timeZone }: DailyUsageRequest): string {
  const query = new URLSearchParams({ meter, from: period.from.toISOString(), to: period.to.toISOString(), window: 'day' });
  // Without one the server takes the customer's own, and says which that is.
  if (timeZone !== undefined) query.set('time_zone', timeZone);
  return `/platform/v1/usage?${query.toString()}`;
}
