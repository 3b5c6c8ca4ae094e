/** Injection token of the number of calendar months before the current one that events may date from. */
export const RETENTION_MONTHS = Symbol('tallymark.retention-months');
