import { DomainError, type Scope } from '@tallymark/domain';
import { type EventOutcome, type EventsResponse, refusedEventDetails, renderEventsResponse } from '@tallymark/provider-contracts';

/** Our own route for events, from the root. */
export const EVENTS_PATH = '/platform/v1/events';
/** What a key needs for it. */
export const SENDING_SCOPES: readonly Scope[] = ['events:write'];

/**
 * What a request is told of its events, in either lane.
 *
 * @throws DomainError of the first event when every one was rejected, with the faults of all
 */
export function answerEvents(outcomes: readonly EventOutcome[]): EventsResponse {
  if (outcomes.every((outcome) => outcome.verdict === 'rejected')) {
    const details = refusedEventDetails(
      outcomes.map((outcome) => ({ index: outcomes.length > 1 ? outcome.index : null, errors: outcome.errors ?? [] })),
    );
    throw new DomainError(outcomes[0]!.code ?? 'invalid_event', outcomes[0]!.message ?? 'every event was rejected', { details });
  }
  return renderEventsResponse(outcomes);
}
