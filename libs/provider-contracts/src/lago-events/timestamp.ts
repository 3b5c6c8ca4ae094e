import { type Decimal, decimal, decimalFromInteger, formatDecimal, isDecimal, roundDecimal, ZERO } from '@tallymark/domain';

const MICROSECONDS = decimal('1000000');
/** 9999-12-31T23:59:59Z, the last second that RFC 3339 can write. */
const LAST_SECOND = decimal('253402300799');
const UTC_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/;

/**
 * Unix seconds, as a JSON number or as text, to RFC 3339 in UTC with six fraction digits; finer digits are cut off.
 * Null when it is neither, negative, or after the year 9999: Lago takes no ISO 8601 text here, and neither do we.
 */
export function timeOfLagoTimestamp(timestamp: string | number): string | null {
  const text = String(timestamp);
  if (!isDecimal(text)) return null;
  const seconds = decimal(text);
  if (seconds.lt(ZERO) || roundDecimal(seconds, 0, 'down').gt(LAST_SECOND)) return null;
  return formatMicroseconds(roundDecimal(seconds.times(MICROSECONDS), 0, 'down'));
}

/**
 * RFC 3339 in UTC to Unix seconds as decimal text, without trailing zeros: `"1773306000.25"`.
 *
 * @throws RangeError that quotes the time when it has another form.
 */
export function lagoTimestampOfTime(time: string): string {
  const match = UTC_TIME.exec(time);
  const milliseconds = Date.parse(`${match?.[1] ?? ''}Z`);
  if (match === null || Number.isNaN(milliseconds)) {
    throw new RangeError(`not a time in UTC: ${JSON.stringify(time)}; expected RFC 3339 such as "2026-03-12T09:00:00.25Z"`);
  }
  const fraction = decimal(`0.${match[2] ?? '0'}`);
  return formatDecimal(decimalFromInteger(milliseconds / 1000).plus(fraction));
}

function formatMicroseconds(microseconds: Decimal): string {
  const seconds = roundDecimal(microseconds.div(MICROSECONDS), 0, 'down');
  const fraction = formatDecimal(microseconds.minus(seconds.times(MICROSECONDS))).padStart(6, '0');
  const date = new Date(Number(formatDecimal(seconds)) * 1000).toISOString().slice(0, 19);
  return `${date}.${fraction}Z`;
}
