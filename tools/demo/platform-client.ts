import { setTimeout as delay } from 'node:timers/promises';

/** The platform refused a request. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Calls the platform API with one credential. */
export interface PlatformClient {
  /** @throws {@link PlatformError} that quotes the answer. */
  readonly post: (path: string, body: unknown) => Promise<Record<string, unknown>>;
  readonly get: (path: string) => Promise<Record<string, unknown>>;
}

const ATTEMPTS = 5;
const RETRY_MS = 300;

/** Makes a {@link PlatformClient}. Creating is repeatable on the platform, so a request that found it away is sent again. */
export function createPlatformClient(baseUrl: string, token: string, signal: AbortSignal): PlatformClient {
  const call = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        signal,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.ok) return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
      if (response.status !== 503 || attempt === ATTEMPTS)
        throw new PlatformError(response.status, `${method} ${path} answered ${response.status}: ${text.slice(0, 1_000)}`);
      await delay(RETRY_MS, undefined, { signal });
    }
  };
  return { post: (path, body) => call('POST', path, body), get: (path) => call('GET', path) };
}

/** A text member of an answer. @throws Error that quotes the answer when it is not there. */
export function textOf(answer: Readonly<Record<string, unknown>>, name: string): string {
  const value = answer[name];
  if (typeof value !== 'string') throw new Error(`expected ${name} to be text in ${JSON.stringify(answer).slice(0, 500)}`);
  return value;
}
