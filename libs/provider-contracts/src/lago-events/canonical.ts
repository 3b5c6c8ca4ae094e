/**
 * The `source` of every event that came in over this dialect. Lago identifies an event by organization, subscription and transaction;
 * ours are identified by organization, subject, source and id, so one source for all of them keeps the same identity.
 */
export const LAGO_EVENT_SOURCE = 'lago';

/** Where a batch of events is sent. One event goes to the path that OpenMeter's clients use too. */
export const LAGO_EVENTS_BATCH_PATH = '/api/v1/events/batch';

/** Events that one batch may hold. */
export const LAGO_BATCH_LIMIT = 100;
