export { Window } from './window.js';
export { BUCKET_MS, alignedPart, bucketStart, isBucketAligned } from './bucket.js';
export type { AlignedParts } from './bucket.js';
export { MAX_PIECES, calendarUnitAt, splitWindow, startOfDay, startOfMonth, startOfWeek } from './calendar.js';
export type { WindowPiece, WindowSize } from './calendar.js';
export { addLocalDays, isTimeZone, localDate, startOfDate } from './time-zone.js';
export { billingPeriodAt, billingPeriods } from './billing-period.js';
export type { BillingCycle, BillingPeriod, ZoneChange } from './billing-period.js';
export { DateFormatError, WINDOW_ERROR_CODES, WindowError } from './errors.js';
export type { WindowErrorCode } from './errors.js';
export {
  formatGnipTimestamp,
  formatIsoDate,
  formatYearMonth,
  parseGnipTimestamp,
  parseIsoDate,
  parseIsoDateOrDateTime,
  parseYearMonth,
} from './date-grammar.js';
export type { CalendarDate, YearMonth } from './calendar-date.js';
export { normalizeEventTime, parseRfc3339 } from './rfc3339.js';
export { gnipWindow } from './gnip-window.js';
export type { GnipBucket, GnipQuery, GnipWindow } from './gnip-window.js';
export { crossmintWindow } from './crossmint-window.js';
export type { CrossmintMonth, CrossmintQuery, CrossmintShape } from './crossmint-window.js';
export { lagoWindow } from './lago-window.js';
export type { LagoBucket, LagoGranularity, LagoQuery, LagoWindow } from './lago-window.js';
export { billingUsageWindow } from './billing-usage-window.js';
export type { BillingUsageQuery, BillingUsageWindow } from './billing-usage-window.js';
