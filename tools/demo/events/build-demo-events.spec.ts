import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { DEMO_CUSTOMERS } from '../catalogue.js';
import { readSources } from '../sources/read-sources.js';
import { DAY_MS } from '../sources/sources.js';
import { splitTarget } from './access-log-events.js';
import { buildDemoEvents } from './build-demo-events.js';
import { type DemoEvent, demoSpan } from './demo-event.js';
import { moveToPresent } from './web-events.js';

const sources = readSources('/nonexistent');
/** Enough to see that times and ids are right. */
const few = {
  ...sources,
  llmRequests: sources.llmRequests.slice(0, 200),
  dailyCounts: sources.dailyCounts.map(({ day, count }) => ({ day, count: Math.ceil(count / 100) })),
};
const now = new Date('2026-03-12T09:00:00Z');
const events = buildDemoEvents(sources, demoSpan(now));

function of(customer: string, type?: string): DemoEvent[] {
  return events.filter((event) => event.subject === customer && (type === undefined || event.type === type));
}

/** Quicker than comparing two hundred thousand objects. */
function digest(of: readonly DemoEvent[]): string {
  return createHash('sha256').update(JSON.stringify(of)).digest('hex');
}

describe('the demo’s events', () => {
  it('are the same for the same end', () => {
    expect(digest(buildDemoEvents(few, demoSpan(now)))).toBe(digest(buildDemoEvents(few, demoSpan(now))));
  });

  it('have ids of their own', () => {
    expect(new Set(events.map(({ subject, id }) => `${subject} ${id}`)).size).toBe(events.length);
  });

  it.each([
    ['2026-03-12T09:00:00Z', '2025-02-01T00:00:00.000Z'],
    ['2026-03-01T00:00:00Z', '2025-02-01T00:00:00.000Z'],
    ['2026-12-31T23:59:59Z', '2025-11-01T00:00:00.000Z'],
  ])('of a demo that ends at %s lie in the kept history, from %s on', (end, from) => {
    const span = demoSpan(new Date(end));
    expect(span.from.toISOString()).toBe(from);
    const times = buildDemoEvents(few, span).map(({ time }) => time);
    expect(times.every((time) => time >= from && time < span.to.toISOString())).toBe(true);
  });

  it('come up to now', () => {
    for (const customer of [DEMO_CUSTOMERS.ai, DEMO_CUSTOMERS.web, DEMO_CUSTOMERS.edge]) {
      const last = of(customer).reduce((latest, { time }) => (time > latest ? time : latest), '');
      expect(now.getTime() - Date.parse(last)).toBeLessThan(3 * 3_600_000);
    }
  });

  it('are about 100,000 API calls over 400 days for the web customer, with gauges and small counters beside them', () => {
    const calls = of(DEMO_CUSTOMERS.web, 'api.request');
    expect(calls.length).toBeGreaterThan(98_000);
    expect(calls.length).toBeLessThan(101_000);
    expect(new Set(calls.map(({ time }) => time.slice(0, 10))).size).toBe(400);
    expect(of(DEMO_CUSTOMERS.web, 'storage.measured').length).toBe(400);
    for (const type of ['seats.changed', 'email.sent', 'webhook.delivered']) expect(of(DEMO_CUSTOMERS.web, type).length).toBeGreaterThan(5);
  });

  it('count more wallets each month, each month anew', () => {
    const wallets = new Map<string, Set<unknown>>();
    for (const { time, data } of of(DEMO_CUSTOMERS.wallets)) {
      const month = time.slice(0, 7);
      wallets.set(month, (wallets.get(month) ?? new Set()).add(data['walletId']));
    }
    const counts = [...wallets.entries()].sort().map(([, ids]) => ids.size);
    expect(counts).toHaveLength(13);
    // The last month has just begun.
    for (let index = 1; index < 12; index += 1) expect(counts[index]).toBeGreaterThan(counts[index - 1]!);
  });

  it('bring the same post over several endpoints, so that unique counts are below sums', () => {
    const activities = of(DEMO_CUSTOMERS.search).filter(({ type }) => type.endsWith('.activity'));
    expect(new Set(activities.map(({ data }) => data['activityId'])).size).toBeLessThan(activities.length);
    expect(new Set(activities.map(({ data }) => data['product'])).size).toBe(4);
  });

  it('keep the parts of a request for the history', () => {
    expect(of(DEMO_CUSTOMERS.edge)[0]?.data).toMatchObject({
      request: { body: {}, params: {}, headers: { host: 'www.edge-co.example' } },
      response: {},
    });
  });
});

describe('moveToPresent', () => {
  const counts = Array.from({ length: 420 }, (_, index) => ({ day: new Date(Date.UTC(2014, 0, 1) + index * DAY_MS), count: index }));

  it.each(['2026-03-12T09:00:00Z', '2026-03-13T00:00:00Z', '2026-03-14T23:59:59Z', '2028-02-29T12:00:00Z'])(
    'ends on the day of %s and keeps weekdays',
    (end) => {
      const moved = moveToPresent(counts, new Date(end));
      expect(moved).toHaveLength(400);
      expect(moved.at(-1)?.day.toISOString().slice(0, 10)).toBe(end.slice(0, 10));
      expect(moved.every(({ day, count }) => day.getUTCDay() === counts[count]!.day.getUTCDay())).toBe(true);
    },
  );
});

describe('splitTarget', () => {
  it.each([
    ['/', { path: '/', query: {} }],
    ['/a?b=c&d=%20e', { path: '/a', query: { b: 'c', d: ' e' } }],
    ['/a?b=1&b=2&b=3', { path: '/a', query: { b: ['1', '2', '3'] } }],
    ['/a?__proto__=x', { path: '/a', query: JSON.parse('{"__proto__":"x"}') as object }],
  ])('splits %s', (target, expected) => {
    expect(splitTarget(target)).toEqual(expected);
  });
});
