import { EVENT_LIMITS } from '@tallymark/domain';
import type { CloudEventOptions } from './parse-event.js';

const DASH = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const T = 0x54;
const Z = 0x5a;

/** Reads the time that stands from `start` to `end`: microseconds since 1970 UTC, or NaN when it is not plain. */
export type PlainTimeReader = (bytes: Uint8Array, start: number, end: number) => number;

/** The last day that was read, and its start. Most events of many requests share it. */
let lastDay = -1;
let dayMicroseconds = Number.NaN;

/**
 * A reader of times as most senders write them, `2026-11-21T10:00:00Z` with none, three or six digits behind the second, that an event of the
 * request may bear.
 */
export function createPlainTimeReader(options: CloudEventOptions): PlainTimeReader {
  const latest = (options.receivedAt.getTime() + EVENT_LIMITS.futureSkewSeconds * 1_000) * 1_000;
  const oldest = options.oldest.getTime() * 1_000;

  return (bytes, start, end) => {
    const length = end - start;
    if ((length !== 20 && length !== 24 && length !== 27) || !hasMarks(bytes, start, end)) return Number.NaN;
    const day = digits(bytes, start, 4) * 10_000 + digits(bytes, start + 5, 2) * 100 + digits(bytes, start + 8, 2);
    if (day !== lastDay) {
      lastDay = day;
      dayMicroseconds = startOfDay(day);
    }
    const hour = digits(bytes, start + 11, 2);
    const minute = digits(bytes, start + 14, 2);
    const second = digits(bytes, start + 17, 2);
    if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
    const fraction = length === 20 ? 0 : length === 24 ? digits(bytes, start + 20, 3) * 1_000 : digits(bytes, start + 20, 6);
    const time = dayMicroseconds + (hour * 3_600 + minute * 60 + second) * 1_000_000 + fraction;
    return time >= oldest && time <= latest ? time : Number.NaN;
  };
}

function hasMarks(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    bytes[start + 4] === DASH &&
    bytes[start + 7] === DASH &&
    bytes[start + 10] === T &&
    bytes[start + 13] === COLON &&
    bytes[start + 16] === COLON &&
    (end - start === 20 || bytes[start + 19] === DOT) &&
    bytes[end - 1] === Z
  );
}

/** NaN when one of them is none. */
function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const digit = bytes[at]! - 0x30;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** @param day `20261121` for 2026-11-21 @returns microseconds since 1970; NaN for a day that does not exist, or is so long ago that it is no event's. */
function startOfDay(day: number): number {
  const year = Math.floor(day / 10_000);
  const month = Math.floor(day / 100) % 100;
  const date = new Date(Date.UTC(year, month - 1, day % 100));
  const exists = year >= 1970 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day % 100;
  return exists ? date.getTime() * 1_000 : Number.NaN;
}
