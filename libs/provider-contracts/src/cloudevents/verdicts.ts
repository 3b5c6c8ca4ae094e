import type { ErrorCode, ErrorDetail, EventVerdict } from '@tallymark/domain';
import { ERROR_CODES, EVENT_LIMITS, EVENT_VERDICTS } from '@tallymark/domain';
import { z } from 'zod';
import { errorDetailSchema } from '../problem/problem.js';
import { readBody } from '../read-body.js';

/** The parts of an event in which it can differ from the stored one of its identity. */
export const EVENT_DIFFERENCES = ['data', 'time', 'type'] as const;
export type EventDifference = (typeof EVENT_DIFFERENCES)[number];

/** What became of one event of a request. */
export interface EventOutcome {
  /** Position in the request, from 0. */
  readonly index: number;
  /** As sent; null where the event was refused without a readable one. */
  readonly id: string | null;
  readonly source: string | null;
  readonly subject: string | null;
  readonly verdict: EventVerdict;
  /** Of a conflict: where it differs from what is stored. */
  readonly differs?: readonly EventDifference[];
  /** Of a rejection or conflict. */
  readonly code?: ErrorCode;
  readonly message?: string;
  /** Of a rejection; pointers start at the event. */
  readonly errors?: readonly ErrorDetail[];
}

const nullableText = z.string().nullable();

const eventOutcomeSchema = z
  .object({
    index: z.int().min(0).describe('Position in the request, from 0'),
    id: nullableText.describe('As sent; null where none could be read'),
    source: nullableText,
    subject: nullableText,
    verdict: z
      .enum(EVENT_VERDICTS)
      .describe(
        'stored: kept durably. duplicate: was kept before with the same content, counts once. conflict: its identity is taken by other content, nothing changed. rejected: not kept',
      ),
    differs: z.array(z.enum(EVENT_DIFFERENCES)).optional().describe('Of a conflict: where it differs from what is stored'),
    code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]).optional(),
    message: z.string().optional(),
    errors: z.array(errorDetailSchema).optional().describe('Of a rejection: what is wrong; pointers start at the event'),
  })
  .meta({ id: 'EventOutcome' });

/** Answer to `POST /platform/v1/events`: a verdict per event, in the order of the request. */
export const eventsResponseSchema = z
  .object({
    accepted: z.int().min(0).describe('Events that are kept after this request: stored plus duplicate. A retry answers the same number'),
    results: z.array(eventOutcomeSchema).max(EVENT_LIMITS.eventsPerRequest),
  })
  .meta({
    id: 'EventsResponse',
    examples: [
      { accepted: 1, results: [{ index: 0, id: 'evt-1', source: '/gateway', subject: 'acme-ai', verdict: 'stored' }] },
      {
        accepted: 1,
        results: [
          { index: 0, id: 'evt-1', source: '/gateway', subject: 'acme-ai', verdict: 'duplicate' },
          {
            index: 1,
            id: 'evt-2',
            source: '/gateway',
            subject: 'acme-ai',
            verdict: 'conflict',
            differs: ['data'],
            code: 'conflict',
            message: 'an event of this subject, source and id is stored with other data; to change it, send a correction',
          },
          {
            index: 2,
            id: null,
            source: '/gateway',
            subject: 'acme-ai',
            verdict: 'rejected',
            code: 'invalid_event',
            message: 'id is absent; expected a non-empty string',
            errors: [{ pointer: '/id', code: 'required', message: 'id is absent; expected a non-empty string' }],
          },
        ],
      },
    ],
  });

/** The wire form. */
export type EventsResponse = z.infer<typeof eventsResponseSchema>;

/** Whether an event is kept after the request. */
export function isAccepted(verdict: EventVerdict): boolean {
  return verdict === 'stored' || verdict === 'duplicate';
}

/** The answer for the outcomes of a request. Members that do not apply are left out. */
export function renderEventsResponse(outcomes: readonly EventOutcome[]): EventsResponse {
  return {
    accepted: outcomes.filter(({ verdict }) => isAccepted(verdict)).length,
    results: outcomes.map(renderOutcome),
  };
}

function renderOutcome({
  index,
  id,
  source,
  subject,
  verdict,
  differs,
  code,
  message,
  errors,
}: EventOutcome): EventsResponse['results'][number] {
  // What is kept has nothing more to tell, and is nearly all there is.
  if (code === undefined && differs === undefined && message === undefined && errors === undefined)
    return { index, id, source, subject, verdict };
  return {
    index,
    id,
    source,
    subject,
    verdict,
    ...(differs === undefined ? {} : { differs: [...differs] }),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(errors === undefined ? {} : { errors: errors.map((error) => ({ ...error })) }),
  };
}

/** The outcomes that an answer tells of: the reverse of {@link renderEventsResponse}. @throws DomainError `invalid_request` */
export function readEventsResponse(body: unknown): EventOutcome[] {
  return readBody(eventsResponseSchema, body, 'an answer to events').results;
}
