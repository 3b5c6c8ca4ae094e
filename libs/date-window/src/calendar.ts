import { BUCKET_MS } from './bucket.js';
import { DAY_MS } from './calendar-date.js';
import { type CalendarLine, lineIndexAt, lineStartMs, MONDAY_EPOCH_DAY } from './calendar-line.js';
import { offsetChangeBefore, offsetMsAt } from './time-zone.js';
import { Window } from './window.js';

/** A unit of the calendar to cut windows by. A week is an ISO week, Monday to Sunday. */
export type WindowSize = '15m' | 'hour' | 'day' | 'week' | 'month';

/** One unit of the calendar and what a window covers of it. */
export interface WindowPiece {
  /** The whole unit. */
  readonly label: Window;
  /** The unit's part inside the window; the pieces' `covered` tile the window. */
  readonly covered: Window;
}

/** Most pieces that {@link splitWindow}, and most periods that `billingPeriods`, give at once: 104 days of buckets, 27 years of days. */
export const MAX_PIECES = 10_000;

const HOUR_MS = 3_600_000;
/** No unit is longer: a zone that moves over the date line to the east lives one date twice. */
const LONGEST_MS: Readonly<Record<WindowSize, number>> = {
  '15m': BUCKET_MS,
  hour: HOUR_MS,
  day: 2 * DAY_MS,
  week: 8 * DAY_MS,
  month: 32 * DAY_MS,
};

/**
 * Cuts a window at the calendar's boundaries in a zone. Units at the ends are clipped in `covered` and whole in `label`.
 * Days of daylight saving changes are 23 or 25 hours long; a date that a zone left out yields no piece.
 *
 * @throws RangeError when there would be more than {@link MAX_PIECES} pieces, or the zone is unknown.
 */
export function splitWindow(window: Window, size: WindowSize, timeZone: string): WindowPiece[] {
  // Refuses the hopeless before any work; what is just over the limit is caught below.
  if (window.durationMs / LONGEST_MS[size] > MAX_PIECES) throw tooManyPieces(window, size);
  const pieces: WindowPiece[] = [];
  for (let startMs = window.fromMs; startMs < window.toMs;) {
    if (pieces.length === MAX_PIECES) throw tooManyPieces(window, size);
    const label = calendarUnitAt(new Date(startMs), size, timeZone);
    pieces.push({ label, covered: Window.of(new Date(startMs), new Date(Math.min(label.toMs, window.toMs))) });
    startMs = label.toMs;
  }
  return pieces;
}

/** The whole unit of the calendar that holds an instant, in a zone. @throws RangeError when the zone or the date is invalid. */
export function calendarUnitAt(instant: Date, size: WindowSize, timeZone: string): Window {
  const instantMs = instant.getTime();
  if (size === '15m') return bucketAt(instantMs);
  if (size === 'hour') return hourAt(instantMs, timeZone);
  const line = calendarLine(size, timeZone);
  const n = lineIndexAt(line, instantMs);
  return windowOf(lineStartMs(line, n), lineStartMs(line, n + 1));
}

/** The first instant of the local day that holds an instant; see `startOfDate` for days that do not begin at midnight. */
export function startOfDay(instant: Date, timeZone: string): Date {
  return calendarUnitAt(instant, 'day', timeZone).from;
}

/** The first instant of the local ISO week (Monday) that holds an instant. */
export function startOfWeek(instant: Date, timeZone: string): Date {
  return calendarUnitAt(instant, 'week', timeZone).from;
}

/** The first instant of the local month that holds an instant. */
export function startOfMonth(instant: Date, timeZone: string): Date {
  return calendarUnitAt(instant, 'month', timeZone).from;
}

function calendarLine(size: 'day' | 'week' | 'month', timeZone: string): CalendarLine {
  if (size === 'month') return { unit: 'month', step: 1, anchorMonthIndex: 0, anchorDay: 1, timeZone };
  return { unit: 'day', step: size === 'week' ? 7 : 1, anchorEpochDay: MONDAY_EPOCH_DAY, timeZone };
}

function bucketAt(instantMs: number): Window {
  const startMs = Math.floor(instantMs / BUCKET_MS) * BUCKET_MS;
  return windowOf(startMs, startMs + BUCKET_MS);
}

/**
 * An hour of the local clock. A change of offset that is no whole hour (Australia/Lord_Howe moves by 30 minutes) ends the running hour and
 * begins a new one, so that each piece has one offset and the pieces still tile.
 */
function hourAt(instantMs: number, timeZone: string): Window {
  const offsetMs = offsetMsAt(instantMs, timeZone);
  const startMs = Math.floor((instantMs + offsetMs) / HOUR_MS) * HOUR_MS - offsetMs;
  const endMs = startMs + HOUR_MS;
  const changeBeforeMs = offsetMsAt(startMs, timeZone) === offsetMs ? null : offsetChangeBefore(instantMs, timeZone);
  const changeAfterMs = offsetMsAt(endMs - 1, timeZone) === offsetMs ? null : offsetChangeBefore(endMs - 1, timeZone);
  return windowOf(Math.max(startMs, changeBeforeMs ?? startMs), Math.min(endMs, changeAfterMs ?? endMs));
}

function windowOf(fromMs: number, toMs: number): Window {
  return Window.of(new Date(fromMs), new Date(toMs));
}

function tooManyPieces(window: Window, size: WindowSize): RangeError {
  const { from, to } = window.toJSON();
  return new RangeError(`${from} to ${to} by ${size} makes more than ${MAX_PIECES} pieces; expected a shorter window or a larger size`);
}
