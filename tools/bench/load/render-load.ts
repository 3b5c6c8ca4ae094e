import { createRandom } from '../../demo/random.js';
import { makeEvents, renderEvent } from '../world/bench-events.js';
import { renderRequest } from './http-connection.js';
import type { EventLoad, Load } from './load-plan.js';

/** A request, ready to send, and how many events it carries. */
export interface RenderedRequest {
  readonly bytes: Buffer;
  readonly events: number;
}

/** Everything that a load sends, rendered beforehand. */
export function renderLoad(load: Load): RenderedRequest[] {
  if (load.kind === 'events') return renderEventRequests(load);
  return load.requests.map(({ path, headers }) => ({ bytes: renderRequest('GET', path, headers), events: 1 }));
}

function renderEventRequests(load: EventLoad): RenderedRequest[] {
  const events = makeEvents(load.plan).map(renderEvent);
  const sent = load.resentShare === undefined ? events : withResent(events, load.resentShare, load.plan.seed);
  const requests: RenderedRequest[] = [];
  for (let start = 0; start < sent.length; start += load.eventsPerRequest) {
    const batch = sent.slice(start, start + load.eventsPerRequest);
    const single = load.eventsPerRequest === 1;
    const body = single ? batch[0]! : `[${batch.join(',')}]`;
    const headers = {
      authorization: `Bearer ${load.apiKey}`,
      'content-type': single ? 'application/cloudevents+json' : 'application/cloudevents-batch+json',
    };
    requests.push({ bytes: renderRequest('POST', load.path, headers, body), events: batch.length });
  }
  return requests;
}

/** Puts a second copy of some events somewhere behind the first. */
export function withResent<T>(items: readonly T[], share: number, seed: string): T[] {
  const random = createRandom(`${seed}/resent`);
  const placed = items.map((item, index) => ({ item, at: index }));
  const copies = placed.filter(() => random.next() < share).map(({ item, at }) => ({ item, at: at + random.next() * (items.length - at) }));
  return [...placed, ...copies].sort((a, b) => a.at - b.at).map(({ item }) => item);
}
