import type { IncomingMessage } from 'node:http';
import type { FastRead, FastReadRequest } from './fast-read.js';

/** Nothing in it is encoded, and nothing has to be decoded. */
const PLAIN_QUERY = /^[\w.,:~=&-]*$/;
const PLAIN_VARIABLE = /^[\w-]+$/;

/** Headers by which a request wants more than the answer. */
const UNUSUAL = ['content-length', 'transfer-encoding', 'content-encoding', 'expect', 'upgrade', 'trailer', 'if-none-match'] as const;

/** A plain read: the route that answers it, and what it is asked. */
export interface PlainRead {
  readonly read: FastRead;
  readonly request: FastReadRequest;
}

/** Finds the routes of plain reads by their paths. */
export class PlainReads {
  private readonly exact = new Map<string, FastRead>();
  private readonly patterns: { readonly before: string; readonly after: string; readonly read: FastRead }[] = [];

  constructor(reads: readonly FastRead[]) {
    for (const read of reads) {
      const [before, after] = read.route.split(/:[a-zA-Z]+/, 2) as [string, string?];
      if (after === undefined) this.exact.set(before, read);
      else this.patterns.push({ before, after, read });
    }
  }

  /** Undefined when there is more to a request than its path and a query that each is what it looks like. */
  find(request: IncomingMessage): PlainRead | undefined {
    const { url = '', headers } = request;
    if (request.method !== 'GET' || request.httpVersionMinor !== 1) return undefined;
    const queryAt = url.indexOf('?');
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    const found = this.findPath(path);
    if (found === undefined) return undefined;
    for (const name of UNUSUAL) if (headers[name] !== undefined) return undefined;
    const query = queryAt < 0 ? {} : plainQuery(url.slice(queryAt + 1), found.read.parameters);
    return query === undefined ? undefined : { read: found.read, request: { path, variable: found.variable, query } };
  }

  private findPath(path: string): { readonly read: FastRead; readonly variable: string } | undefined {
    const exact = this.exact.get(path);
    if (exact !== undefined) return { read: exact, variable: '' };
    for (const { before, after, read } of this.patterns) {
      if (!path.startsWith(before) || !path.endsWith(after) || path.length <= before.length + after.length) continue;
      const variable = path.slice(before.length, path.length - after.length);
      if (PLAIN_VARIABLE.test(variable)) return { read, variable };
    }
    return undefined;
  }
}

/** Undefined for a query that has to be decoded, that repeats a parameter, or that holds one that the route does not name. */
function plainQuery(text: string, parameters: readonly string[]): Record<string, string> | undefined {
  if (!PLAIN_QUERY.test(text)) return undefined;
  const query: Record<string, string> = {};
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(equals, 0));
    if (!parameters.includes(name) || name in query || pair.includes('=', equals + 1)) return undefined;
    query[name] = pair.slice(equals + 1);
  }
  return query;
}
