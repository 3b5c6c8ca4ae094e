import { z } from 'zod';
import type { ApiRequest } from '../canonical.js';
import { readBody } from '../read-body.js';
import { instantText } from './instant-text.js';

const members = z.record(z.string(), z.unknown());

/** One request of the history. */
export const cometRequestEntrySchema = z.object({
  path: z.string().describe('As requested, without query'),
  method: z.string(),
  request: z.object({
    body: z.unknown().describe('{} when there was none'),
    query: members,
    params: members.describe('Values of the route’s variables'),
    headers: members.describe('Names in lower case; secrets are masked'),
  }),
  response: z.unknown().describe('JSON body of the answer, a string where it was no JSON'),
  status: z.int().describe('HTTP status of the answer'),
  createdAt: z.iso.datetime().describe('When the request came in, to the millisecond'),
});

/** The 200 body: oldest first. */
export const cometUsageSchema = z.object({ requests: z.array(cometRequestEntrySchema) });
/** See {@link cometUsageSchema}. */
export type CometUsage = z.infer<typeof cometUsageSchema>;

/** The 200 body: oldest first, members in the order of the contract's example. What was absent is `{}`, never null or missing. */
export function renderCometUsage(requests: readonly ApiRequest[]): CometUsage {
  return {
    requests: oldestFirst(requests).map(({ path, method, request, response, status, createdAt }) => ({
      path,
      method,
      request: { body: request.body ?? {}, query: request.query, params: request.params, headers: request.headers },
      response: response ?? {},
      status,
      createdAt: createdAt.toISOString(),
    })),
  };
}

/** The text of {@link renderCometUsage} as JSON, byte for byte, written at once: a page has up to a thousand requests, most of whose parts are empty. */
export function renderCometUsageText(requests: readonly ApiRequest[]): string {
  return `{"requests":[${oldestFirst(requests).map(requestText).join(',')}]}`;
}

function requestText({ path, method, request: { body, query, params, headers }, response, status, createdAt }: ApiRequest): string {
  const request = `{"body":${partText(body)},"query":${partText(query)},"params":${partText(params)},"headers":${partText(headers)}}`;
  return `{"path":${JSON.stringify(path)},"method":${JSON.stringify(method)},"request":${request},"response":${partText(response)},"status":${JSON.stringify(status)},"createdAt":"${instantText(createdAt)}"}`;
}

function partText(part: unknown): string {
  return isNothing(part) ? '{}' : JSON.stringify(part);
}

function isNothing(part: unknown): boolean {
  if (part === undefined || part === null) return true;
  // What writes itself, as an instant does, has another prototype.
  if (typeof part !== 'object' || Object.getPrototypeOf(part) !== Object.prototype) return false;
  for (const _ in part) return false;
  return true;
}

/** Of one millisecond, in the order in which they are given. */
function oldestFirst(requests: readonly ApiRequest[]): ApiRequest[] {
  return [...requests].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

/**
 * Reads what any server of this contract answered: the reverse of {@link renderCometUsage}.
 *
 * @throws DomainError `invalid_request` that says what is wrong with the body.
 */
export function readCometUsage(body: unknown): ApiRequest[] {
  return readBody(cometUsageSchema, body, 'a Comet usage answer').requests.map(
    ({ path, method, request, response, status, createdAt }) => ({
      path,
      method,
      request: { ...request, body: request.body ?? {} },
      response: response ?? {},
      status,
      createdAt: new Date(createdAt),
    }),
  );
}
