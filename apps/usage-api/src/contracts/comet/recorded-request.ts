import type { RecordedRequest } from '@tallymark/persistence';
import type { ApiRequest } from '@tallymark/provider-contracts';

type Members = Readonly<Record<string, unknown>>;

/** Most requests lack most of their parts. */
const NO_MEMBERS: Members = Object.freeze({});

/**
 * The API request that an event tells of: `{path, method, request: {body, query, params, headers}, response, status}`. Events that were sent to be
 * counted may hold less, or nothing of it; what is missing is empty, a query at the end of the path is taken off it, and a status that is none is 0.
 */
export function readRecordedRequest({ occurredAt, data }: RecordedRequest): ApiRequest {
  const { path: target, method, request, response, status } = membersOf(data);
  const { body, query, params, headers } = membersOf(request);
  const text = textOf(target);
  const queryAt = text.indexOf('?');
  return {
    path: queryAt < 0 ? text : text.slice(0, queryAt),
    method: textOf(method).toUpperCase(),
    request: {
      body: body ?? NO_MEMBERS,
      query: membersOf(query ?? (queryAt < 0 ? undefined : queryOf(text.slice(queryAt + 1)))),
      params: membersOf(params),
      headers: membersOf(headers),
    },
    response: response ?? NO_MEMBERS,
    status: typeof status === 'number' && Number.isInteger(status) ? status : 0,
    createdAt: occurredAt,
  };
}

/** A parameter that comes more than once is a list. */
function queryOf(search: string): Members {
  const members = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(search)) {
    const known = members.get(name);
    members.set(name, known === undefined ? value : [known, value].flat());
  }
  return Object.fromEntries(members);
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : NO_MEMBERS;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
