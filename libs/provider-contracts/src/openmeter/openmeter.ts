import type { UsageEvent } from '@tallymark/domain';
import { z } from 'zod';
import { createCloudEventParser } from '../cloudevents/parse-event.js';
import type { CloudEventOptions, CloudEventParser } from '../cloudevents/parse-event.js';
import { renderCloudEventBatch } from '../cloudevents/render-event.js';
import type { ContractErrors, Problem, RenderedError } from '../contract.js';
import { PROBLEM_CONTENT_TYPE } from '../problem/problem.js';

/** Where OpenMeter clients send events. */
export const OPENMETER_EVENTS_PATH = '/api/v1/events';

/** The whole success answer: 204 without a body. The client reads nothing from it. */
export const OPENMETER_SUCCESS_STATUS = 204;

const REQUEST_ID_PREFIX = 'urn:request:';

/** Titles by status, since `about:blank` makes the title the status's own phrase (RFC 9457, 4.2.1). */
const STATUS_PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const validationErrorSchema = z.object({
  field: z.string().optional().describe('JSON pointer into the body, from the array in a batch, or the parameter’s name'),
  code: z.string(),
  message: z.string(),
});

/** The error body that OpenMeter clients read. */
export const openmeterProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional().describe('Left out of answers with status 500'),
    instance: z.string().optional(),
    extensions: z
      .object({ validationErrors: z.array(validationErrorSchema).optional() })
      .loose()
      .optional(),
  })
  .meta({
    id: 'OpenMeterProblem',
    examples: [
      {
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        detail: 'id is absent; expected a non-empty string',
        instance: 'urn:request:018f3c1e-7d64-7b8e-9c55-3f1de0a1b2c3',
        extensions: { validationErrors: [{ field: '/0/id', code: 'required', message: 'id is absent; expected a non-empty string' }] },
      },
    ],
  });

/** The wire form. */
export type OpenMeterProblem = z.infer<typeof openmeterProblemSchema>;

/** A parser for the events of one OpenMeter request: CloudEvents as everywhere, but `specversion` may be absent. */
export function createOpenMeterParser(options: Omit<CloudEventOptions, 'specversion'>): CloudEventParser {
  return createCloudEventParser({ ...options, specversion: 'optional' });
}

/** A failed request as OpenMeter tells of it. */
export function renderOpenMeterProblem(problem: Problem): OpenMeterProblem {
  const validationErrors = problem.details.map(({ pointer, parameter, code, message }) => {
    const field = pointer ?? parameter;
    return { ...(field === undefined ? {} : { field }), code, message };
  });
  return {
    type: 'about:blank',
    title: STATUS_PHRASES[problem.status] ?? (problem.status >= 500 ? 'Internal Server Error' : 'Bad Request'),
    status: problem.status,
    ...(problem.status === 500 ? {} : { detail: problem.message }),
    ...(problem.requestId === undefined ? {} : { instance: `${REQUEST_ID_PREFIX}${problem.requestId}` }),
    ...(validationErrors.length === 0 ? {} : { extensions: { validationErrors } }),
  };
}

/**
 * What an error answer says, on the client's side: null unless the content type is exactly the one of a problem, which is how
 * OpenMeter's own client decides whether to read the body.
 */
export function readOpenMeterProblem(contentType: string | undefined, body: unknown): OpenMeterProblem | null {
  if (contentType !== PROBLEM_CONTENT_TYPE) return null;
  const parsed = openmeterProblemSchema.safeParse(body);
  return parsed.success ? parsed.data : null;
}

/** A request to {@link OPENMETER_EVENTS_PATH} as OpenMeter's client sends it: always a batch, also of one event. */
export function renderOpenMeterRequest(events: readonly UsageEvent[]): {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  return { headers: { 'content-type': 'application/cloudevents-batch+json' }, body: renderCloudEventBatch(events) };
}

/** Errors under the path of OpenMeter's events. */
export const openmeterErrors: ContractErrors = {
  matches: (path) => path === OPENMETER_EVENTS_PATH || path === `${OPENMETER_EVENTS_PATH}/`,
  render: (problem): RenderedError => ({
    status: problem.status,
    headers: { 'content-type': PROBLEM_CONTENT_TYPE, ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}) },
    body: renderOpenMeterProblem(problem),
  }),
};
