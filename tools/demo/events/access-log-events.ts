import type { AccessLogEntry } from '../sources/sources.js';
import { type DemoEvent, demoEvent, type DemoSpan, inOrder } from './demo-event.js';

const LAST_REQUEST_BEFORE_END_MS = 1_000;

/** A web server's access log as API requests with their request and response parts, moved so that the last came just now. */
export function buildAccessLogEvents(entries: readonly AccessLogEntry[], subject: string, span: DemoSpan): DemoEvent[] {
  const last = entries.at(-1)?.at.getTime() ?? 0;
  const shiftMs = span.to.getTime() - LAST_REQUEST_BEFORE_END_MS - last;
  const events = entries.map((entry, index) => {
    const { path, query } = splitTarget(entry.target);
    return demoEvent({
      id: `access-${index + 1}`,
      type: 'api.request',
      subject,
      at: entry.at.getTime() + shiftMs,
      data: {
        method: entry.method,
        path,
        status: entry.status,
        bytes: entry.bytes,
        request: {
          body: {},
          query,
          params: {},
          headers: {
            host: 'www.edge-co.example',
            ...(entry.userAgent === '' ? {} : { 'user-agent': entry.userAgent }),
            ...(entry.referer === '' ? {} : { referer: entry.referer }),
          },
        },
        response: {},
      },
    });
  });
  return inOrder(events, span);
}

/** Splits a request target. A parameter that comes more than once becomes a list. */
export function splitTarget(target: string): { path: string; query: Record<string, string | string[]> } {
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target, query: {} };
  const query = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(target.slice(mark + 1))) {
    const known = query.get(name);
    query.set(name, known === undefined ? value : [known, value].flat());
  }
  return { path: target.slice(0, mark), query: Object.fromEntries(query) };
}
