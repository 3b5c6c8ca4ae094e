import type { ApiRequest } from '../canonical.js';
import { capJson } from './cap-json.js';
import { redactText, redactValue } from './redact.js';

/** Bytes that each of body, response, query, params and headers may take by default. */
export const DEFAULT_CAP_BYTES = 16_384;

const PATH_LENGTH = 2_048;

/**
 * A request as it may be kept in the history: every secret masked, then each part cut to `maxBytes`. To be called when the request is captured,
 * before anything of it is written. Cutting comes last, so that no half of a secret escapes for want of its beginning or end.
 */
export function redactRequest(request: ApiRequest, options: { readonly maxBytes?: number } = {}): ApiRequest {
  const maxBytes = options.maxBytes ?? DEFAULT_CAP_BYTES;
  const redact = (value: unknown): unknown => (isEmpty(value) ? value : capJson(redactValue(value), maxBytes));
  const redactMembers = (members: Readonly<Record<string, unknown>>) => redact(members) as Record<string, unknown>;
  const { body, query, params, headers } = request.request;
  const lowerCased = isEmpty(headers)
    ? headers
    : Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    ...request,
    path: redactText(request.path).slice(0, PATH_LENGTH),
    request: { body: redact(body), query: redactMembers(query), params: redactMembers(params), headers: redactMembers(lowerCased) },
    response: redact(request.response),
  };
}

/** Most requests have no body or no query, and nothing is hidden in what is not there. */
function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  for (const _ in value) return false;
  return !Array.isArray(value) || value.length === 0;
}
