import { setTimeout as sleep } from 'node:timers/promises';
import { type Destination, type SendResult, sendBatch } from './send-batch.js';

/** How events are brought to ingest. */
export interface DeliveryOptions extends Destination {
  /** Bytes of events that may wait; the oldest give way to new ones past it. */
  readonly maxBufferedBytes: number;
  /** How long an event may wait for others before a batch is sent. */
  readonly flushIntervalMs: number;
  readonly firstBackoffMs: number;
  readonly onError: (error: Error) => void;
}

/** What became of the events so far. Every event that was pushed is in exactly one of these. */
export interface DeliveryCounts {
  readonly waiting: number;
  readonly delivered: number;
  /** Refused by ingest, one by one or with their batch. */
  readonly rejected: number;
  /** Given up: there was no room, or no time when the recorder was closed. */
  readonly dropped: number;
}

export interface Delivery {
  /** Takes an event, JSON text, on its way. Never waits and never throws. */
  push(event: string): void;
  counts(): DeliveryCounts;
  /** Sends what waits, for so long at most, and takes no more. */
  close(timeoutMs: number): Promise<void>;
}

/** As many events as ingest takes in one request, and well under its bytes. */
const BATCH_EVENTS = 1_000;
const BATCH_BYTES = 2_000_000;
const LONGEST_BACKOFF_MS = 30_000;
/** While closing, time is short. */
const CLOSING_BACKOFF_MS = 200;

/** A queue of bounded size with one sender, which tries a batch again until it is delivered or refused, each time after a longer pause. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const waiting: { readonly event: string; readonly bytes: number }[] = [];
  const counts = { waiting: 0, delivered: 0, rejected: 0, dropped: 0 };
  const deadline = new AbortController();
  const wakeUp = new AbortController();
  let bufferedBytes = 0;
  let isClosing = false;
  let timer: NodeJS.Timeout | null = null;
  let sender: Promise<void> | null = null;

  const settle = (count: number, became: 'delivered' | 'rejected' | 'dropped'): void => {
    counts.waiting -= count;
    counts[became] += count;
  };

  const takeBatch = (): { events: string[]; bytes: number } => {
    let bytes = 0;
    let count = 0;
    while (count < waiting.length && count < BATCH_EVENTS && (count === 0 || bytes + waiting[count]!.bytes <= BATCH_BYTES)) {
      bytes += waiting[count]!.bytes;
      count += 1;
    }
    return { events: waiting.splice(0, count).map(({ event }) => event), bytes };
  };

  const pause = async (attempt: number, result: Extract<SendResult, { kind: 'retry' }>): Promise<void> => {
    const longest = isClosing ? CLOSING_BACKOFF_MS : LONGEST_BACKOFF_MS;
    const backoffMs = Math.min(longest, options.firstBackoffMs * 2 ** Math.min(attempt - 1, 16));
    // Spread, so that many senders do not come back at once.
    const pauseMs = isClosing ? backoffMs : Math.max(result.afterMs ?? 0, backoffMs * (0.5 + Math.random() / 2));
    const signal = isClosing ? deadline.signal : wakeUp.signal;
    await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => undefined);
  };

  const deliver = async (events: readonly string[]): Promise<void> => {
    for (let attempt = 1; !deadline.signal.aborted; attempt += 1) {
      const result = await sendBatch(events, options, deadline.signal);
      if (result.kind === 'delivered') {
        const rejected = Math.min(result.rejected, events.length);
        settle(rejected, 'rejected');
        settle(events.length - rejected, 'delivered');
        if (rejected > 0) options.onError(new Error(`ingest rejected ${rejected} of ${events.length} recorded requests`));
        return;
      }
      if (result.kind === 'too_large' && events.length > 1) {
        const middle = events.length >> 1;
        await deliver(events.slice(0, middle));
        await deliver(events.slice(middle));
        return;
      }
      if (result.kind === 'refused' || result.kind === 'too_large') {
        settle(events.length, 'rejected');
        const reason = result.kind === 'refused' ? result.reason : 'status 413';
        options.onError(new Error(`ingest refused ${events.length} recorded requests: ${reason}`));
        return;
      }
      if (attempt === 1) options.onError(new Error(`ingest could not be reached, trying again: ${result.reason}`));
      await pause(attempt, result);
    }
    settle(events.length, 'dropped');
  };

  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const { events, bytes } = takeBatch();
      await deliver(events);
      bufferedBytes -= bytes;
    }
  };

  const start = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    sender ??= sendAll().finally(() => {
      sender = null;
      if (waiting.length > 0) start();
    });
  };

  const makeRoom = (): void => {
    while (bufferedBytes > options.maxBufferedBytes && waiting.length > 0) {
      bufferedBytes -= waiting.shift()!.bytes;
      settle(1, 'dropped');
    }
  };

  return {
    push(event) {
      counts.waiting += 1;
      if (isClosing) {
        settle(1, 'dropped');
        return;
      }
      const bytes = Buffer.byteLength(event);
      waiting.push({ event, bytes });
      bufferedBytes += bytes;
      makeRoom();
      if (waiting.length >= BATCH_EVENTS) start();
      else if (sender === null) timer ??= setTimeout(start, options.flushIntervalMs).unref();
    },
    counts: () => ({ ...counts }),
    async close(timeoutMs) {
      isClosing = true;
      wakeUp.abort();
      start();
      const giveUp = setTimeout(() => deadline.abort(), timeoutMs);
      while (sender !== null) await sender;
      clearTimeout(giveUp);
    },
  };
}
