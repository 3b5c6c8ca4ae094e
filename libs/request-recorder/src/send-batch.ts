/** Where batches go. */
export interface Destination {
  readonly url: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
}

/** What became of a batch. */
export type SendResult =
  | { readonly kind: 'delivered'; readonly rejected: number }
  /** Worth another attempt later, after so many milliseconds where the answer said so. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs: number | null }
  /** The batch is more than the other side takes at once. */
  | { readonly kind: 'too_large' }
  /** No attempt will ever do. */
  | { readonly kind: 'refused'; readonly reason: string };

const LONGEST_WAIT_MS = 60_000;

/** Sends events, each JSON text, as one batch. Never throws. What is sent twice counts once: ingest tells events by their ids. */
export async function sendBatch(
  events: readonly string[],
  { url, apiKey, timeoutMs }: Destination,
  signal: AbortSignal,
): Promise<SendResult> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/cloudevents-batch+json' },
      body: `[${events.join(',')}]`,
      // A redirect would take the key to wherever it leads.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    return await resultOf(response);
  } catch (error) {
    return { kind: 'retry', reason: reasonOf(error), afterMs: null };
  }
}

async function resultOf(response: Response): Promise<SendResult> {
  const text = await response.text();
  const { status } = response;
  if (status >= 200 && status < 300) return { kind: 'delivered', rejected: countRejected(text) };
  if (status === 413) return { kind: 'too_large' };
  const reason = `status ${status}`;
  // A key may be made good while the events wait; a batch that is malformed stays so.
  const isHopeless = status >= 400 && status < 500 && ![401, 403, 404, 408, 425, 429].includes(status);
  return isHopeless ? { kind: 'refused', reason } : { kind: 'retry', reason, afterMs: retryAfterMs(response.headers.get('retry-after')) };
}

/** Of a batch some events may be refused while the others are kept. */
function countRejected(text: string): number {
  try {
    const { results } = JSON.parse(text) as { results?: readonly { verdict?: unknown }[] };
    return Array.isArray(results) ? results.filter((result: { verdict?: unknown }) => result.verdict === 'rejected').length : 0;
  } catch {
    return 0;
  }
}

function retryAfterMs(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Math.min(Number(header) * 1_000, LONGEST_WAIT_MS) : null;
}

/** `fetch failed` alone helps nobody: the cause has the code of the system. Read by its members, since what fetch throws may be of another realm. */
function reasonOf(error: unknown): string {
  const { message, cause } = Object(error) as {
    readonly message?: string;
    readonly cause?: { readonly code?: string; readonly message?: string };
  };
  const why = cause?.code ?? cause?.message;
  return why === undefined ? (message ?? String(error)) : `${message ?? ''}: ${why}`;
}
