/** Injection token of the number of calendar months before the current one that events may date from. */
export const RETENTION_MONTHS = Symbol('tallymark.retention-months');
/** Injection token of the set of event types whose data are redacted before they are kept. */
export const REDACTED_EVENT_TYPES = Symbol('tallymark.redacted-event-types');
