import { randomUUID } from 'node:crypto';
import { buildEvent } from './build-event.js';
import { type DeliveryCounts, createDelivery } from './delivery.js';
import type { Exchange } from './exchange.js';

/** How requests are recorded. */
export interface RequestRecorderOptions {
  /** Base address of Tallymark, such as `https://usage.example.com`. */
  readonly ingestUrl: string;
  /** A key of the organization with the scope `events:write`. */
  readonly apiKey: string;
  /** Who records: the `source` of the events. Default `/request-recorder`. */
  readonly source?: string;
  /** Bytes up to which a body or an answer is captured; of a longer one its size is told. Default 32768. */
  readonly maxBodyBytes?: number;
  /** Bytes of recorded requests that may wait while ingest is away; past it the oldest are dropped. Default 16 MiB. */
  readonly maxBufferedBytes?: number;
  /** How long a recorded request may wait for others to share a batch. Default 1000. */
  readonly flushIntervalMs?: number;
  /** For one attempt to send a batch. Default 10000. */
  readonly timeoutMs?: number;
  /** First pause after a failed attempt; it doubles up to 30 s. Default 500. */
  readonly firstBackoffMs?: number;
  /** Told of what goes wrong; the requests themselves are never affected. Default: nobody is told. */
  readonly onError?: (error: Error) => void;
  /** Default: the system's clock. */
  readonly clock?: () => Date;
}

/** Takes requests and brings them to ingest as events. One for a process. */
export interface RequestRecorder {
  readonly maxBodyBytes: number;
  readonly clock: () => Date;
  /** Redacts and queues. Returns at once and never throws. */
  record(exchange: Exchange): void;
  /** Told of an error in an adapter. */
  fail(error: unknown): void;
  counts(): DeliveryCounts;
  /** Sends what waits, for at most `timeoutMs` (default 5000); to be called when the server has stopped. What comes later is dropped. */
  close(timeoutMs?: number): Promise<void>;
}

const DEFAULT_CLOSE_MS = 5_000;
/** A subject longer than ingest takes would be refused with its event; so would one of none. */
const SUBJECT_LENGTH = 256;

/**
 * Makes a recorder.
 *
 * @throws TypeError when `ingestUrl` is no http address or `apiKey` is empty.
 */
export function createRequestRecorder(options: RequestRecorderOptions): RequestRecorder {
  const { source = '/request-recorder', maxBodyBytes = 32_768, clock = () => new Date() } = options;
  const fail = (error: unknown): void => options.onError?.(error instanceof Error ? error : new Error(String(error)));
  if (options.apiKey === '') throw new TypeError('apiKey is empty; expected a key of the organization');
  const delivery = createDelivery({
    url: eventsUrl(options.ingestUrl),
    apiKey: options.apiKey,
    timeoutMs: options.timeoutMs ?? 10_000,
    maxBufferedBytes: options.maxBufferedBytes ?? 16_777_216,
    flushIntervalMs: options.flushIntervalMs ?? 1_000,
    firstBackoffMs: options.firstBackoffMs ?? 500,
    onError: fail,
  });
  return {
    maxBodyBytes,
    clock,
    fail,
    record(exchange) {
      if (exchange.subject === '' || exchange.subject.length > SUBJECT_LENGTH) {
        fail(new RangeError(`the subject has ${exchange.subject.length} characters; expected 1 to ${SUBJECT_LENGTH}`));
        return;
      }
      try {
        delivery.push(buildEvent(exchange, { id: randomUUID(), source, maxBodyBytes }));
      } catch (error) {
        fail(error);
      }
    },
    counts: () => delivery.counts(),
    close: (timeoutMs = DEFAULT_CLOSE_MS) => delivery.close(timeoutMs),
  };
}

function eventsUrl(base: string): string {
  const url = URL.canParse(base) ? new URL(base) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new TypeError(`ingestUrl is ${JSON.stringify(base)}; expected an address such as "https://usage.example.com"`);
  return `${url.href.replace(/\/+$/, '')}/platform/v1/events`;
}
