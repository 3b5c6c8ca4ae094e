import type * as z from 'zod/mini';
import { ApiError, readApiError } from './api-error.js';

const TIMEOUT_MS = 15_000;

/** What a request brought. The same document twice is the same object, also when the server said 304. */
export interface Answer<T> {
  readonly body: T;
  /** Up to when usage is counted, where the server says so beside the document. */
  readonly asOf: Date | null;
}

/** Reads the API in the name of one token. */
export interface ApiClient {
  /** @throws ApiError */
  readonly get: <T>(path: string, schema: z.ZodMiniType<T>, signal?: AbortSignal) => Promise<Answer<T>>;
  /** The time at the server, which is what ages and days left are measured by: the clock of the reader's machine may be wrong. Before the first answer it has to do. */
  readonly serverTime: () => Date;
}

/** The outside world of a client. */
export interface ApiClientOptions {
  readonly token: string;
  readonly fetch: typeof fetch;
  /** Milliseconds that only ever grow, such as `performance.now()`. */
  readonly monotonicMs: () => number;
  /** Milliseconds since 1970 by the reader's machine. */
  readonly wallClockMs: () => number;
}

interface Remembered {
  readonly etag: string;
  readonly body: unknown;
}

/** Makes a client that remembers the last document of each path, and asks with its ETag whether there is a newer one. */
export function createApiClient({ token, fetch, monotonicMs, wallClockMs }: ApiClientOptions): ApiClient {
  const remembered = new Map<string, Remembered>();
  let lastDate: { readonly serverMs: number; readonly monotonicMs: number } | null = null;

  const send = async (path: string, signal: AbortSignal | undefined): Promise<Response> => {
    const etag = remembered.get(path)?.etag;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
    };
    try {
      return await fetch(path, {
        headers,
        cache: 'no-store',
        credentials: 'omit',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError(
        timeout.aborted ? `No answer within ${TIMEOUT_MS / 1_000} seconds.` : 'The server could not be reached.',
        null,
        null,
      );
    }
  };

  return {
    async get<T>(path: string, schema: z.ZodMiniType<T>, signal?: AbortSignal): Promise<Answer<T>> {
      const response = await send(path, signal);
      const date = Date.parse(response.headers.get('date') ?? '');
      if (!Number.isNaN(date)) lastDate = { serverMs: date, monotonicMs: monotonicMs() };
      const asOf = readInstant(response.headers.get('tallymark-as-of'));
      const known = remembered.get(path);
      if (response.status === 304 && known) return { body: known.body as T, asOf };
      if (!response.ok) throw await readApiError(response);
      const body = await readDocument(response, path, schema);
      const etag = response.headers.get('etag');
      if (etag === null) remembered.delete(path);
      else remembered.set(path, { etag, body });
      return { body, asOf };
    },
    serverTime: () => new Date(lastDate === null ? wallClockMs() : lastDate.serverMs + monotonicMs() - lastDate.monotonicMs),
  };
}

async function readDocument<T>(response: Response, path: string, schema: z.ZodMiniType<T>): Promise<T> {
  const parsed = schema.safeParse(await response.json().catch(() => null));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue?.path.join('.') ?? '';
  throw new ApiError(
    `${path.split('?')[0]} answered something else than this page can read${place === '' ? '' : `, at ${place}`}.`,
    null,
    response.headers.get('x-request-id'),
  );
}

function readInstant(text: string | null): Date | null {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? null : new Date(ms);
}
