import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What goes into a log line and a URN as it is. */
const REQUEST_ID = /^[A-Za-z0-9._~:-]{8,128}$/;

/** The client's `X-Request-Id` when it is fit to be repeated, else a new UUID. */
export function requestIdOf(message: IncomingMessage): string {
  const sent = message.headers['x-request-id'];
  return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
}
