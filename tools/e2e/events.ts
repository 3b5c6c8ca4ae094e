/** A CloudEvent as the tests send it. */
export interface SentEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How sending ended. */
export type SendOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly verdicts: readonly string[] }
  /** No answer: it may have been stored or not, unless the connection was refused. */
  | { readonly kind: 'failed'; readonly code: string };

/** Makes an event of the customer `acme`. */
export function makeEvent(id: string, data: Readonly<Record<string, unknown>> = {}, type = 'api.request'): SentEvent {
  return { specversion: '1.0', id, source: '/e2e', type, subject: 'acme', data };
}

/** Sends events in one request. Never throws: who kills servers wants to know how each request ended. */
export async function sendEvents(baseUrl: string, apiKey: string, events: readonly SentEvent[]): Promise<SendOutcome> {
  try {
    const response = await fetch(`${baseUrl}/platform/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(events),
      signal: AbortSignal.timeout(20_000),
    });
    const body = (await response.json()) as { readonly results?: readonly { readonly verdict: string }[] };
    return { kind: 'answered', status: response.status, verdicts: (body.results ?? []).map(({ verdict }) => verdict) };
  } catch (error) {
    return { kind: 'failed', code: codeOfFailure(error) };
  }
}

/** {@link sendEvents}. @returns the verdicts. @throws Error when the request as a whole was not taken. */
export async function storeEvents(baseUrl: string, apiKey: string, events: readonly SentEvent[]): Promise<readonly string[]> {
  const outcome = await sendEvents(baseUrl, apiKey, events);
  if (outcome.kind === 'answered' && outcome.status === 200) return outcome.verdicts;
  throw new Error(`events were not taken: ${JSON.stringify(outcome)}`);
}

/** Whatever fetch threw comes from outside of the test's own realm, so it is no `instanceof Error` here. */
function codeOfFailure(error: unknown): string {
  const cause = memberOf(error, 'cause') ?? error;
  return String(memberOf(cause, 'code') ?? cause);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
