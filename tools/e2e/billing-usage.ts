import { setTimeout as delay } from 'node:timers/promises';
import type { Platform } from './platform.js';
import type { TestOrganization } from './organization.js';

/** The answer of `GET /api/billing/usage`, as far as the tests read it. */
export interface BillingUsageData {
  readonly period: { readonly start: string; readonly end: string };
  readonly metrics: Readonly<
    Record<string, { readonly included: number; readonly used: number; readonly overage: number; readonly percentage: number }>
  >;
  readonly estimatedCost: { readonly base: number; readonly overage: number; readonly total: number; readonly currency: string };
  readonly projectedUsage: Readonly<Record<string, { readonly projected: number; readonly percentage: number }>>;
}

/** An answer, and the span in which the service made it. */
export interface UsageReading {
  readonly data: BillingUsageData;
  readonly requestedAt: Date;
  readonly receivedAt: Date;
}

const POLL_MS = 10;

/** Reads the customer's usage through the gateway. @throws Error that quotes an answer other than 200. */
export async function readBillingUsage({ baseUrl }: Platform, { customerToken }: TestOrganization): Promise<UsageReading> {
  const requestedAt = new Date();
  const response = await fetch(`${baseUrl}/api/billing/usage`, { headers: { authorization: `Bearer ${customerToken}` } });
  const text = await response.text();
  const receivedAt = new Date();
  if (response.status !== 200) throw new Error(`GET /api/billing/usage answered ${response.status}: ${text}`);
  return { data: (JSON.parse(text) as { readonly data: BillingUsageData }).data, requestedAt, receivedAt };
}

/** Reads until the metric shows what is expected. @throws Error that tells the last value after `patienceMs`. */
export async function waitUntilUsed(
  platform: Platform,
  organization: TestOrganization,
  expected: { readonly metric: string; readonly used: number; readonly patienceMs?: number },
): Promise<UsageReading> {
  const { metric, used, patienceMs = 30_000 } = expected;
  for (const deadline = performance.now() + patienceMs; ; await delay(POLL_MS)) {
    const reading = await readBillingUsage(platform, organization);
    const seen = reading.data.metrics[metric]?.used;
    if (seen === used) return reading;
    if (performance.now() >= deadline) throw new Error(`${metric} shows ${seen} used after ${patienceMs} ms; expected ${used}`);
  }
}
