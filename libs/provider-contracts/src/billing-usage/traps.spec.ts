import { describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { DomainError, decimal } from '@tallymark/domain';
import { usedPercentage } from '@tallymark/rating';
import type { BillingUsage } from '../canonical.js';
import { parseBillingUsageRequest } from './request.js';
import { renderBillingUsage } from './response.js';

const NOW = new Date('2026-11-21T10:00:00Z');
const monthOf = (instant: Date): Window =>
  Window.of(
    new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth(), 1)),
    new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth() + 1, 1)),
  );
const parse = (query: Readonly<Record<string, string>>): string => {
  try {
    const { window } = parseBillingUsageRequest(query, {
      now: NOW,
      currentPeriod: monthOf(NOW),
      periodContaining: monthOf,
      knownMetrics: ['api_calls', 'storage'],
    });
    return `${window.from.toISOString()}/${window.to.toISOString()}`;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.message;
  }
};
const USAGE: BillingUsage = {
  period: monthOf(NOW),
  asOf: NOW,
  metrics: [
    {
      metric: 'api_calls',
      name: 'API Calls',
      unit: 'requests',
      included: decimal('10'),
      used: decimal('25'),
      overage: decimal('15'),
      percentage: decimal('250'),
      projected: null,
    },
  ],
  cost: { base: decimal('29.00'), overage: decimal('0.30'), total: decimal('29.30'), currency: 'USD' },
};

/** Where the published page of the billing contract can be read in two ways, and how we read it. */
describe('the billing usage contract', () => {
  it.each([
    ['a date; the last one is inclusive', '2026-10-01', '2026-10-31', '2026-10-01T00:00:00.000Z/2026-11-01T00:00:00.000Z'],
    ['a date-time in UTC', '2026-10-01T06:00:00Z', '2026-10-02T06:00:00Z', '2026-10-01T06:00:00.000Z/2026-10-02T06:00:00.000Z'],
    ['a date-time with an offset', '2026-10-01T00:00:00+02:00', '2026-10-31', '2026-09-30T22:00:00.000Z/2026-11-01T00:00:00.000Z'],
  ])('6.5.2 takes %s', (_name, startDate, endDate, expected) => {
    expect(parse({ startDate, endDate })).toBe(expected);
  });

  it('6.5.3 prints the last second of a period whose end it keeps exclusive', () => {
    expect(renderBillingUsage(USAGE).data.period).toEqual({ start: '2026-11-01T00:00:00Z', end: '2026-11-30T23:59:59Z' });
  });

  it.each([
    ['one and the same day', '2026-10-05', '2026-10-05', '2026-10-05T00:00:00.000Z/2026-10-06T00:00:00.000Z'],
    ['a moment and the day it lies in', '2026-10-05T23:00:00Z', '2026-10-05', '2026-10-05T23:00:00.000Z/2026-10-06T00:00:00.000Z'],
    ['the day before', '2026-10-05', '2026-10-04', 'Invalid date range: startDate must be before endDate'],
    ['the same moment', '2026-10-05T01:00:00Z', '2026-10-05T01:00:00Z', 'Invalid date range: startDate must be before endDate'],
  ])('6.5.4 compares what dates stand for: %s', (_name, startDate, endDate, expected) => {
    expect(parse({ startDate, endDate })).toBe(expected);
  });

  it('6.5.5 writes 29.00 as the JSON number 29', () => {
    expect(JSON.stringify(renderBillingUsage(USAGE))).toContain('"base":29,');
  });

  it.each([
    ['2', '3', 66.67],
    ['25', '10', 250],
    ['0', '0', 0],
    ['1', '0', 100],
  ])('6.5.6 %s of %s included is %d percent', (used, included, expected) => {
    const percentage = usedPercentage(decimal(used), decimal(included));
    const { data } = renderBillingUsage({ ...USAGE, metrics: [{ ...USAGE.metrics[0]!, percentage }] });
    expect(data.metrics['apiCalls']?.percentage).toBe(expected);
  });

  it('6.5.7 means units by the overage of a metric, and money by that of the cost', () => {
    const { metrics, estimatedCost } = renderBillingUsage(USAGE).data;
    expect([metrics['apiCalls']?.overage, estimatedCost.overage]).toEqual([15, 0.3]);
  });

  it('6.5.8 writes the currency in lower case', () => {
    expect(renderBillingUsage(USAGE).data.estimatedCost.currency).toBe('usd');
  });

  it.each([
    ['2025-11-21', '2025-12-01', '2025-11-21T00:00:00.000Z/2025-12-02T00:00:00.000Z'],
    ['2025-10-01', '2025-12-01', /12 months/],
  ])('6.5.14 keeps 12 months: %s', (startDate, endDate, expected) => {
    expect(parse({ startDate, endDate })).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
  });
});
