import { setTimeout as delay } from 'node:timers/promises';
import { type HttpAnswer, HttpConnection } from './http-connection.js';
import type { Load, LoadResult } from './load-plan.js';
import type { RenderedRequest } from './render-load.js';

/** Opens the connections of a load. */
export async function openConnections(load: Load): Promise<HttpConnection[]> {
  const { hostname, port } = new URL(load.url);
  return Promise.all(Array.from({ length: load.connections }, () => HttpConnection.open(hostname, Number(port))));
}

/** Sends a load and waits for every answer. @throws Error that quotes an answer that is not as the load expects: see {@link LoadResult} */
export async function runLoad(
  load: Load,
  requests: readonly RenderedRequest[],
  connections: readonly HttpConnection[],
): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  let next = 0;
  let done = 0;
  let refused = 0;
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
      const isDone = check(await connection.send(request.bytes), load, request);
      latenciesMs.push(performance.now() - sentAt);
      if (isDone) done += request.events;
      else refused += 1;
    }
  };
  await Promise.all(connections.map(work));
  return { done, refused, seconds: (performance.now() - begin) / 1_000, latenciesMs };
}

function pace(load: Load, requests: readonly RenderedRequest[], begin: number): (index: number) => number {
  const perSecond = load.kind === 'reads' ? load.requestsPerSecond : load.eventsPerSecond;
  if (perSecond === undefined) return () => 0;
  const intervalMs = (requests[0]!.events / perSecond) * 1_000;
  return (index) => begin + index * intervalMs;
}

/** @returns false where the request was refused as it may be. */
function check(answer: HttpAnswer, load: Load, request: RenderedRequest): boolean {
  if (load.kind === 'events' && load.mayBeRefused === true && answer.status === 503 && answer.retryAfter !== null) return false;
  const isGood = answer.status === 200 && (load.kind === 'reads' || answer.bodyStart.startsWith(`{"accepted":${request.events},`));
  if (!isGood)
    throw new Error(`a request was answered ${answer.status}, retry-after ${answer.retryAfter ?? 'not said'}: ${answer.bodyStart}`);
  return true;
}
