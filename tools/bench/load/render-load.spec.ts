import { describe, expect, it } from '@jest/globals';
import type { EventLoad } from './load-plan.js';
import { renderLoad, withResent } from './render-load.js';

const LOAD: EventLoad = {
  kind: 'events',
  url: 'http://127.0.0.1:1',
  path: '/platform/v1/events',
  apiKey: 'key',
  connections: 1,
  eventsPerRequest: 4,
  plan: { seed: 'a', events: 10, until: new Date('2026-11-21T10:00:00Z') },
};

function bodiesOf(load: EventLoad): unknown[] {
  return renderLoad(load).map(({ bytes }) => JSON.parse(bytes.toString().split('\r\n\r\n')[1]!) as unknown);
}

describe('renderLoad', () => {
  it('makes batches of events, the same for the same seed', () => {
    const bodies = bodiesOf(LOAD) as { id: string; specversion: string }[][];
    expect(bodies.map((batch) => batch.length)).toEqual([4, 4, 2]);
    expect(bodies.flat().map(({ id }) => id)[9]).toBe('a-00000009');
    expect(bodiesOf(LOAD)).toEqual(bodies);
  });

  it('tells the length of each body', () => {
    for (const { bytes } of renderLoad(LOAD)) {
      const [head, body] = bytes.toString().split('\r\n\r\n') as [string, string];
      expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
    }
  });

  it('sends an event alone as an object', () => {
    expect(bodiesOf({ ...LOAD, eventsPerRequest: 1 })[0]).toMatchObject({ id: 'a-00000000', source: '/bench' });
  });
});

describe('withResent', () => {
  it('sends a share a second time, after the first', () => {
    const items = Array.from({ length: 1_000 }, (_, index) => index);
    const sent = withResent(items, 0.5, 'seed');
    const counts = items.map((item) => sent.filter((other) => other === item).length);
    expect(new Set(counts)).toEqual(new Set([1, 2]));
    expect(sent.length - items.length).toBeGreaterThan(430);
    expect(sent.length - items.length).toBeLessThan(570);
    expect(sent.filter((item, index) => sent.indexOf(item) === index)).toEqual(items);
  });
});
