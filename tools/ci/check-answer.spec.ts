import { describe, expect, it } from '@jest/globals';
import { apiCallsOf, checkAnswer, verdictsOf } from './check-answer.js';
import type { Recorded } from './recorded-curl.js';

const answer = (path: string, body: unknown, more: Partial<Recorded> = {}): Recorded => ({
  url: `http://127.0.0.1:8080${path}`,
  status: 200,
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify(body),
  ...more,
});
const apiCalls = { name: 'API Calls', unit: 'requests', included: 100, used: 7, overage: 0, percentage: 7 };
const billingUsage = {
  success: true,
  data: {
    period: { start: '2026-01-01T00:00:00Z', end: '2026-01-31T23:59:59Z' },
    metrics: { apiCalls },
    estimatedCost: { base: 29, overage: 0, total: 29, currency: 'usd' },
    projectedUsage: {},
  },
};
const stored = { accepted: 1, results: [{ index: 0, id: 'a', source: '/a', subject: 'a', verdict: 'stored' }] };

describe('checkAnswer', () => {
  it.each([
    ['/api/billing/usage?metrics=api_calls', billingUsage, 'billing usage'],
    ['/api/v1/analytics/usage', { usages: [] }, 'lago'],
    ['/platform/v1/events', stored, 'events'],
    ['/platform/v1/events?limit=1', { data: [{}], next_cursor: null }, 'list'],
    ['/platform/v1/statements', { data: [{}] }, 'list'],
    ['/platform/v1/simulations', { totals: {} }, 'simulation'],
  ])('takes %s', (path, body, expected) => {
    expect(checkAnswer(answer(path, body))).toBe(expected);
  });

  it('takes what is made with 201', () => {
    const correction = { status: 'proposed', impact: {} };
    expect(checkAnswer(answer('/platform/v1/corrections', correction, { status: 201 }))).toBe('correction');
    expect(() => checkAnswer(answer('/platform/v1/corrections', correction))).toThrow('expected 201');
  });

  it('takes a table by how it begins', () => {
    const table = { contentType: 'text/csv; charset=utf-8', body: 'BilledCost,BillingAccountId\r\n' };
    expect(checkAnswer(answer('/platform/v1/exports/focus', '', table))).toBe('focus');
    expect(() => checkAnswer(answer('/platform/v1/exports/focus', '', { ...table, body: '' }))).toThrow('begins with BilledCost,');
  });

  it.each([
    ['an empty list', answer('/platform/v1/statements', { data: [] }), 'expected the form of list'],
    ['another status', answer('/api/billing/usage', billingUsage, { status: 401 }), 'answered 401'],
    ['no answer', answer('/api/billing/usage', '', { status: 0, contentType: '', body: '' }), 'expected 200'],
    ['a page', answer('/api/billing/usage', billingUsage, { contentType: 'text/html' }), 'expected application/json'],
    ['no JSON', answer('/api/billing/usage', '', { body: '{' }), 'expected JSON'],
    ['another form', answer('/api/billing/usage', { success: true }), 'expected the form of billing usage'],
    ['another path', answer('/livez', {}), 'expected one of billing usage, lago'],
  ])('refuses %s', (_name, recorded, message) => {
    expect(() => checkAnswer(recorded)).toThrow(message);
  });
});

describe('what is read out of answers', () => {
  it('is the API calls used', () => {
    expect(apiCallsOf(answer('/api/billing/usage', billingUsage))).toBe(7);
  });

  it('is the verdicts', () => {
    expect(verdictsOf(answer('/platform/v1/events', stored))).toEqual(['stored']);
  });
});
