import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../demo/random.js';
import { makeEvent, sendEvents, type SendOutcome, type SentEvent } from './events.js';
import { createOperationLog, type OperationLog } from './operation-log.js';

/** Clients that send events all the time and note how each request ended. */
export interface EventLoad {
  readonly log: OperationLog;
  readonly eventOf: (id: string) => SentEvent;
  /** How requests ended, by status or failure code. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** No more requests; resolves when those under way have ended. */
  readonly stop: () => Promise<void>;
  /** Sends what is unknown again until all of it is acknowledged. @throws Error when that does not come about. */
  readonly retryUnknown: () => Promise<void>;
}

export interface EventLoadOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Chooses batch sizes and amounts; the same seed sends the same events. */
  readonly seed: string;
  readonly clients: number;
  readonly mostEventsPerRequest: number;
  /** Default: none. */
  readonly idPrefix?: string;
}

const ACKNOWLEDGED = new Set(['stored', 'duplicate']);
const PAUSE_MS = 20;
const FAILURE_PAUSE_MS = 100;
const RETRY_PATIENCE_MS = 60_000;
const RETRY_BATCH = 500;

/** Begins to send at once. */
export function startEventLoad(options: EventLoadOptions): EventLoad {
  const log = createOperationLog();
  const events = new Map<string, SentEvent>();
  const outcomes = new Map<string, number>();
  let isStopping = false;

  /** @returns whether the platform answered as it should. */
  const send = async (batch: readonly SentEvent[]): Promise<boolean> => {
    for (const { id } of batch) log.invoke(id);
    const outcome = await sendEvents(options.baseUrl, options.apiKey, batch);
    const name = nameOf(outcome);
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    if (outcome.kind === 'failed' || outcome.status !== 200) return false;
    batch.forEach(({ id }, index) => {
      if (ACKNOWLEDGED.has(outcome.verdicts[index] ?? '')) log.acknowledge(id);
    });
    return true;
  };

  const runClient = async (client: number): Promise<void> => {
    const random = createRandom(`${options.seed}/${client}`);
    for (let request = 0; !isStopping; request += 1) {
      const size = random.integer(1, options.mostEventsPerRequest);
      const batch = Array.from({ length: size }, (_, index) =>
        makeEvent(`${options.idPrefix ?? ''}${client}-${request}-${index}`, { amount: random.integer(0, 9) }),
      );
      for (const event of batch) events.set(event.id, event);
      await delay((await send(batch)) ? PAUSE_MS : FAILURE_PAUSE_MS);
    }
  };
  const clients = Array.from({ length: options.clients }, (_, client) => runClient(client));

  return {
    log,
    outcomes,
    eventOf: (id) => events.get(id)!,
    stop: async () => {
      isStopping = true;
      await Promise.all(clients);
    },
    retryUnknown: async () => {
      for (const deadline = performance.now() + RETRY_PATIENCE_MS; log.unknown().size > 0; await delay(PAUSE_MS)) {
        if (performance.now() >= deadline)
          throw new Error(`${log.unknown().size} events are still unknown after ${RETRY_PATIENCE_MS / 1_000} s`);
        await send([...log.unknown()].slice(0, RETRY_BATCH).map((id) => events.get(id)!));
      }
    },
  };
}

function nameOf(outcome: SendOutcome): string {
  return outcome.kind === 'answered' ? String(outcome.status) : outcome.code;
}
