/**
 * The `source` of every event that came in over this dialect. Lago identifies an event by organization, subscription and transaction;
 * ours are identified by organization, subject, source and id, so one source for all of them keeps the same identity.
 */
export const LAGO_EVENT_SOURCE = 'lago';

/** Events that one batch may hold. */
export const LAGO_BATCH_LIMIT = 100;
