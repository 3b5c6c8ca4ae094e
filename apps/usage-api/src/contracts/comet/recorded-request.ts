import type { RecordedRequest } from '@tallymark/persistence';
import type { ApiRequest } from '@tallymark/provider-contracts';

/** The type of the events that tell of one API request each. */
export const API_REQUEST_EVENT = 'api.request';

type Members = Readonly<Record<string, unknown>>;

/**
 * The API request that an event tells of: `{path, method, request: {body, query, params, headers}, response, status}`. Events that were sent to be
 * counted may hold less, or nothing of it; what is missing is empty, and a status that is none is 0.
 */
export function readRecordedRequest({ occurredAt, data }: RecordedRequest): ApiRequest {
  const { path, method, request, response, status } = membersOf(data);
  const { body, query, params, headers } = membersOf(request);
  return {
    path: textOf(path),
    method: textOf(method).toUpperCase(),
    request: { body: body ?? {}, query: membersOf(query), params: membersOf(params), headers: membersOf(headers) },
    response: response ?? {},
    status: typeof status === 'number' && Number.isInteger(status) ? status : 0,
    createdAt: occurredAt,
  };
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
