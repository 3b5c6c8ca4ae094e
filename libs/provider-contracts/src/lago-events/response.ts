import { DomainError, type ErrorDetail, type EventVerdict, type UsageEvent } from '@tallymark/domain';
import { z } from 'zod';
import { readBody } from '../read-body.js';

/** An event as Lago answers it. Ids that only Lago has are null. */
export const lagoEventResponseSchema = z.object({
  lago_id: z.string().nullish(),
  transaction_id: z.string(),
  lago_customer_id: z.string().nullish(),
  code: z.string(),
  timestamp: z.string().nullable(),
  precise_total_amount_cents: z.string().nullish(),
  properties: z.record(z.string(), z.unknown()).nullish(),
  lago_subscription_id: z.string().nullish(),
  external_subscription_id: z.string().nullable(),
  created_at: z.string().nullish(),
});
/** See {@link lagoEventResponseSchema}. */
export type LagoEventResponse = z.infer<typeof lagoEventResponseSchema>;

/** Body of 200 for `POST /api/v1/events`. */
export const lagoEventResponseBodySchema = z.object({ event: lagoEventResponseSchema });

/** Body of 200 for `POST /api/v1/events/batch`. */
export const lagoEventBatchResponseSchema = z.object({ events: z.array(lagoEventResponseSchema) });

/**
 * The 200 answer for one stored event. `receivedAt` stands in for a time the event did not bear, as Lago does it.
 *
 * @throws DomainError `unprocessable` when the verdict is not `stored`; a duplicate is an error in this dialect.
 */
export function renderLagoEvent(event: UsageEvent, verdict: EventVerdict, receivedAt: Date): { event: LagoEventResponse } {
  if (verdict !== 'stored') throw refusal([refusalOf({ event, verdict }, '/event')]);
  return { event: toResponse(event, receivedAt) };
}

/**
 * The 200 answer for a batch, in its order.
 *
 * @throws DomainError `unprocessable` that names every event whose verdict is not `stored`, by its index.
 */
export function renderLagoEvents(
  outcomes: readonly { readonly event: UsageEvent; readonly verdict: EventVerdict }[],
  receivedAt: Date,
): { events: LagoEventResponse[] } {
  const refused = outcomes.flatMap((outcome, index) => (outcome.verdict === 'stored' ? [] : [refusalOf(outcome, `/events/${index}`)]));
  if (refused.length > 0) throw refusal(refused);
  return { events: outcomes.map(({ event }) => toResponse(event, receivedAt)) };
}

/** Reads what a Lago server answered to `POST /api/v1/events`. @throws DomainError `invalid_request` when the body has another shape. */
export function readLagoEventResponse(body: unknown): LagoEventResponse {
  return readBody(lagoEventResponseBodySchema, body, 'a Lago event answer').event;
}

/** Reads what a Lago server answered to `POST /api/v1/events/batch`. @throws DomainError `invalid_request` when the body has another shape. */
export function readLagoEventsResponse(body: unknown): LagoEventResponse[] {
  return readBody(lagoEventBatchResponseSchema, body, 'a Lago answer to a batch of events').events;
}

/** Lago writes three fraction digits; ours may have up to six, of which the last three are cut off. */
function toMilliseconds(time: string): string {
  return new Date(time.replace(/(\.\d{3})\d+Z$/, '$1Z')).toISOString();
}

function toResponse(event: UsageEvent, receivedAt: Date): LagoEventResponse {
  const properties = event.dataJson === null ? {} : (JSON.parse(event.dataJson) as Record<string, unknown>);
  const amount = properties['precise_total_amount_cents'];
  return {
    lago_id: null,
    transaction_id: event.id,
    lago_customer_id: null,
    code: event.type,
    timestamp: toMilliseconds(event.time ?? receivedAt.toISOString()),
    precise_total_amount_cents: typeof amount === 'string' ? amount : null,
    properties,
    lago_subscription_id: null,
    external_subscription_id: event.subject,
    created_at: receivedAt.toISOString(),
  };
}

function refusalOf({ event, verdict }: { readonly event: UsageEvent; readonly verdict: EventVerdict }, pointer: string): ErrorDetail {
  const code = verdict === 'rejected' ? 'value_is_invalid' : 'value_already_exist';
  const message = `transaction ${JSON.stringify(event.id)} of subscription ${JSON.stringify(event.subject)} is ${verdict}`;
  return { pointer: `${pointer}/transaction_id`, code, message };
}

function refusal(details: readonly ErrorDetail[]): DomainError {
  return new DomainError('unprocessable', details.map(({ message }) => message).join('; '), { details });
}
