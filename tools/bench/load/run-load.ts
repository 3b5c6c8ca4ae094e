import { setTimeout as delay } from 'node:timers/promises';
import { type HttpAnswer, HttpConnection } from './http-connection.js';
import type { Load, LoadResult } from './load-plan.js';
import type { RenderedRequest } from './render-load.js';

/** Opens the connections of a load. */
export async function openConnections(load: Load): Promise<HttpConnection[]> {
  const { hostname, port } = new URL(load.url);
  return Promise.all(Array.from({ length: load.connections }, () => HttpConnection.open(hostname, Number(port))));
}

/** Sends a load and waits for every answer. @throws Error that quotes an answer other than 200 with all events accepted */
export async function runLoad(
  load: Load,
  requests: readonly RenderedRequest[],
  connections: readonly HttpConnection[],
): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  let next = 0;
  let done = 0;
  const begin = performance.now();
  const deadline = load.kind === 'reads' ? begin + load.durationMs : Number.POSITIVE_INFINITY;
  const isOver = (): boolean => (load.kind === 'events' ? next >= requests.length : performance.now() >= deadline);
  const dueAt = pace(load, requests, begin);

  const work = async (connection: HttpConnection): Promise<void> => {
    while (!isOver()) {
      const index = next++;
      const request = requests[index % requests.length]!;
      const due = dueAt(index);
      if (due > performance.now()) await delay(due - performance.now());
      // An open load counts from when the request was due, so that a stalled service can't hide the requests that waited for it.
      const sentAt = due > 0 ? due : performance.now();
      check(await connection.send(request.bytes), load, request);
      latenciesMs.push(performance.now() - sentAt);
      done += request.events;
    }
  };
  await Promise.all(connections.map(work));
  return { done, seconds: (performance.now() - begin) / 1_000, latenciesMs };
}

function pace(load: Load, requests: readonly RenderedRequest[], begin: number): (index: number) => number {
  if (load.kind === 'reads' || load.eventsPerSecond === undefined) return () => 0;
  const intervalMs = (requests[0]!.events / load.eventsPerSecond) * 1_000;
  return (index) => begin + index * intervalMs;
}

function check(answer: HttpAnswer, load: Load, request: RenderedRequest): void {
  const isGood = answer.status === 200 && (load.kind === 'reads' || answer.bodyStart.startsWith(`{"accepted":${request.events},`));
  if (!isGood) throw new Error(`a request was answered ${answer.status}: ${answer.bodyStart}`);
}
