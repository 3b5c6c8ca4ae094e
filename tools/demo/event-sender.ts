import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { DemoEvent } from './events/demo-event.js';

/** How many events got which verdict. */
export interface VerdictCounts {
  stored: number;
  duplicate: number;
  conflict: number;
  rejected: number;
}

/** Where and how events are sent. */
export interface EventSenderOptions {
  /** Of ingest, or of the gateway. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly signal: AbortSignal;
}

/** The answer to a batch, as far as it is read here. */
interface EventsAnswer {
  readonly results: readonly { readonly verdict: keyof VerdictCounts; readonly message?: string }[];
}

const compress = promisify(gzip);
const LONGEST_PAUSE_MS = 5_000;

export function noVerdicts(): VerdictCounts {
  return { stored: 0, duplicate: 0, conflict: 0, rejected: 0 };
}

/** Adds up two counts. */
export function addVerdicts(to: VerdictCounts, more: Readonly<VerdictCounts>): void {
  to.stored += more.stored;
  to.duplicate += more.duplicate;
  to.conflict += more.conflict;
  to.rejected += more.rejected;
}

/**
 * Sends one batch of at most 1,000 events, compressed. While the platform is away or overloaded it is sent again, which is safe: what was kept is a
 * duplicate by then.
 *
 * @param onRetry is told why a batch is sent again.
 * @throws Error that quotes the answer when the batch as a whole is refused.
 */
export async function sendBatch(
  events: readonly DemoEvent[],
  options: EventSenderOptions,
  onRetry?: (reason: string) => void,
): Promise<VerdictCounts> {
  // The fastest level: the other end is on the same machine.
  const body = await compress(JSON.stringify(events), { level: constants.Z_BEST_SPEED });
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const outcome = await post(body, options);
    if (typeof outcome !== 'string') return outcome;
    onRetry?.(outcome);
    await delay(pauseMs, undefined, { signal: options.signal });
  }
}

/** The verdicts, or why the batch should be sent again. */
async function post(body: Buffer, { baseUrl, apiKey, signal }: EventSenderOptions): Promise<VerdictCounts | string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${baseUrl}/platform/v1/events`, {
      method: 'POST',
      signal,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/cloudevents-batch+json', 'content-encoding': 'gzip' },
      body: new Uint8Array(body),
    });
    text = await response.text();
  } catch (error) {
    if (signal.aborted) throw error;
    return error instanceof Error ? String(error.cause ?? error.message) : String(error);
  }
  if (response.status === 429 || response.status >= 500) return `HTTP ${response.status}`;
  if (!response.ok && response.status !== 422) throw new Error(`events were refused: HTTP ${response.status} ${text.slice(0, 1_000)}`);
  const counts = noVerdicts();
  for (const { verdict } of (JSON.parse(text) as EventsAnswer).results) counts[verdict] += 1;
  return counts;
}

/** Sends many events, several batches at once, in order of their start. @param onSent is told after each batch. */
export async function sendAll(
  events: readonly DemoEvent[],
  options: EventSenderOptions & { readonly batchSize: number; readonly concurrency: number },
  onSent: (counts: VerdictCounts) => void,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < events.length) {
      const batch = events.slice(next, (next += options.batchSize));
      onSent(await sendBatch(batch, options));
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, work));
}
