import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isBucketAligned } from './bucket.js';
import {
  calendarUnitAt,
  MAX_PIECES,
  splitWindow,
  startOfDay,
  startOfMonth,
  startOfWeek,
  type WindowPiece,
  type WindowSize,
} from './calendar.js';
import { Temporal } from 'temporal-polyfill';
import { TIME_ZONES } from '../test/time-zones.js';
import { Window } from './window.js';

const HOUR_MS = 3_600_000;
/** Newfoundland changed its clocks at 00:01 for the last time on 2011-11-06; since then all zones change at multiples of 15 minutes. */
const SINCE_MS = Date.UTC(2011, 10, 15);
const span = (from: string, to: string): Window => Window.of(new Date(from), new Date(to));
const isWhole = (piece: WindowPiece): boolean => piece.label.equals(piece.covered);

/** Instants from late 2011 to 2035 at which a zone's offset changes. */
function clockChanges(zone: string): number[] {
  const changesMs: number[] = [];
  let time = Temporal.Instant.fromEpochMilliseconds(SINCE_MS).toZonedDateTimeISO(zone);
  for (;;) {
    const next = time.getTimeZoneTransition('next');
    if (next === null || next.epochMilliseconds > Date.UTC(2035, 0)) return changesMs;
    changesMs.push(next.epochMilliseconds);
    time = next;
  }
}

function expectTiled(pieces: readonly WindowPiece[], window: Window): void {
  expect(pieces[0]?.covered.fromMs).toBe(window.fromMs);
  expect(pieces.at(-1)?.covered.toMs).toBe(window.toMs);
  const gaps = pieces
    .slice(1)
    .filter((piece, at) => piece.covered.fromMs !== pieces[at]?.covered.toMs || piece.label.fromMs !== pieces[at]?.label.toMs);
  expect(gaps).toEqual([]);
  expect(pieces.slice(1, -1).every(isWhole)).toBe(true);
  expect(pieces.every(({ label }) => isBucketAligned(label.from) && isBucketAligned(label.to))).toBe(true);
}

describe('calendarUnitAt', () => {
  it.each<[string, string, WindowSize, string, string, string]>([
    ['a bucket', '2026-01-01T10:20:00Z', '15m', 'Europe/Paris', '2026-01-01T10:15:00Z', '2026-01-01T10:30:00Z'],
    ['a local hour east by 5:45', '2026-01-01T10:20:00Z', 'hour', 'Asia/Kathmandu', '2026-01-01T10:15:00Z', '2026-01-01T11:15:00Z'],
    ['a day of 23 hours', '2026-03-08T12:00:00Z', 'day', 'America/New_York', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
    ['a day of 25 hours', '2026-11-01T12:00:00Z', 'day', 'America/New_York', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
    ['a day of 23.5 hours', '2026-10-04T00:00:00Z', 'day', 'Australia/Lord_Howe', '2026-10-03T13:30:00Z', '2026-10-04T13:00:00Z'],
    ['a day that begins at 01:00', '2024-03-31T12:00:00Z', 'day', 'Asia/Beirut', '2024-03-30T22:00:00Z', '2024-03-31T21:00:00Z'],
    [
      'the hour after a half-hour jump forward',
      '2026-10-03T15:45:00Z',
      'hour',
      'Australia/Lord_Howe',
      '2026-10-03T15:30:00Z',
      '2026-10-03T16:00:00Z',
    ],
    [
      'the half hour that comes twice',
      '2026-04-04T15:10:00Z',
      'hour',
      'Australia/Lord_Howe',
      '2026-04-04T15:00:00Z',
      '2026-04-04T15:30:00Z',
    ],
    [
      'the hour that a half-hour jump cuts short',
      '2018-05-04T14:40:00Z',
      'hour',
      'Asia/Pyongyang',
      '2018-05-04T14:30:00Z',
      '2018-05-04T15:00:00Z',
    ],
    [
      'the last date before one was left out',
      '2011-12-30T09:59:59Z',
      'day',
      'Pacific/Apia',
      '2011-12-29T10:00:00Z',
      '2011-12-30T10:00:00Z',
    ],
    ['the first date after it', '2011-12-30T10:00:00Z', 'day', 'Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z'],
    ['the week that lacks a day', '2011-12-31T00:00:00Z', 'week', 'Pacific/Apia', '2011-12-26T10:00:00Z', '2012-01-01T10:00:00Z'],
    ['a week from Monday', '2026-11-22T23:59:59Z', 'week', 'UTC', '2026-11-16T00:00:00Z', '2026-11-23T00:00:00Z'],
    ['a week over the year end', '2026-01-01T00:00:00Z', 'week', 'UTC', '2025-12-29T00:00:00Z', '2026-01-05T00:00:00Z'],
    ['a leap February', '2028-02-29T23:00:00Z', 'month', 'UTC', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'],
    ['a month with a change of the clock', '2026-03-15T00:00:00Z', 'month', 'Europe/Paris', '2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z'],
  ])('%s: %s by %s in %s is %s to %s', (_name, instant, size, zone, from, to) => {
    expect(calendarUnitAt(new Date(instant), size, zone).toJSON()).toEqual(span(from, to).toJSON());
  });

  it('finds the day of an instant at which the clock shows, for the second time, the date before', () => {
    // Newfoundland set its clocks back at 00:01 until 2011: 23:30 came again after the new date had begun.
    const instant = new Date('2010-11-07T03:00:00Z');
    expect(calendarUnitAt(instant, 'day', 'America/St_Johns').toJSON()).toEqual(
      span('2010-11-07T02:30:00Z', '2010-11-08T03:30:00Z').toJSON(),
    );
  });

  it.each<[WindowSize]>([['15m'], ['hour'], ['day'], ['week'], ['month']])('refuses an invalid date by %s', (size) => {
    expect(() => calendarUnitAt(new Date('never'), size, 'UTC')).toThrow(RangeError);
  });

  it.each<[WindowSize]>([['hour'], ['day'], ['week'], ['month']])('refuses an unknown zone by %s', (size) => {
    expect(() => calendarUnitAt(new Date(0), size, 'Mars/Olympus')).toThrow(RangeError);
  });
});

describe('starts', () => {
  it('are those of the local units', () => {
    const instant = new Date('2026-11-01T02:00:00Z');
    expect(startOfDay(instant, 'America/New_York').toISOString()).toBe('2026-10-31T04:00:00.000Z');
    expect(startOfWeek(instant, 'America/New_York').toISOString()).toBe('2026-10-26T04:00:00.000Z');
    expect(startOfMonth(instant, 'America/New_York').toISOString()).toBe('2026-10-01T04:00:00.000Z');
  });
});

describe('splitWindow', () => {
  it('clips what is covered and keeps the labels whole', () => {
    expect(
      splitWindow(span('2026-01-15T06:00:00Z', '2026-03-02T00:00:00Z'), 'month', 'UTC').map(({ label, covered }) => [
        label.toJSON(),
        covered.toJSON(),
      ]),
    ).toEqual([
      [span('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z').toJSON(), span('2026-01-15T06:00:00Z', '2026-02-01T00:00:00Z').toJSON()],
      [span('2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z').toJSON(), span('2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z').toJSON()],
      [span('2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z').toJSON(), span('2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z').toJSON()],
    ]);
  });

  it.each([
    ['America/New_York', '2026-03-07T05:00:00Z', '2026-03-10T04:00:00Z', [24, 23, 24]],
    ['America/New_York', '2026-10-31T04:00:00Z', '2026-11-03T05:00:00Z', [24, 25, 24]],
    ['Pacific/Apia', '2011-12-28T10:00:00Z', '2012-01-01T10:00:00Z', [24, 24, 24, 24]],
    ['Australia/Lord_Howe', '2026-10-02T13:30:00Z', '2026-10-05T13:00:00Z', [24, 23.5, 24]],
  ])('makes days of so many hours in %s from %s to %s: %j', (zone, from, to, hours) => {
    expect(splitWindow(span(from, to), 'day', zone).map(({ label }) => label.durationMs / HOUR_MS)).toEqual(hours);
  });

  it('tiles every window by every size in every zone, at multiples of 15 minutes', () => {
    const longestMs: Record<WindowSize, number> = {
      '15m': 5 * HOUR_MS,
      hour: 60 * HOUR_MS,
      day: 1_200 * HOUR_MS,
      week: 8_000 * HOUR_MS,
      month: 20_000 * HOUR_MS,
    };
    const cases = fc.record({
      size: fc.constantFrom<WindowSize>('15m', 'hour', 'day', 'week', 'month'),
      zone: fc.constantFrom(...TIME_ZONES),
      fromMs: fc.integer({ min: SINCE_MS, max: Date.UTC(2035, 0) }),
      part: fc.double({ min: 0.001, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ size, zone, fromMs, part }) => {
        const window = Window.of(new Date(fromMs), new Date(fromMs + Math.ceil(part * longestMs[size])));
        expectTiled(splitWindow(window, size, zone), window);
      }),
      { numRuns: 400 },
    );
  });

  it.each(TIME_ZONES)('tiles the time around every change of the clock in %s', (zone) => {
    const aroundMs: Record<WindowSize, number> = {
      '15m': HOUR_MS,
      hour: 3 * HOUR_MS,
      day: 50 * HOUR_MS,
      week: 200 * HOUR_MS,
      month: 800 * HOUR_MS,
    };
    for (const changeMs of clockChanges(zone)) {
      for (const [size, reachMs] of Object.entries(aroundMs) as [WindowSize, number][]) {
        const window = Window.of(new Date(changeMs - reachMs), new Date(changeMs + reachMs));
        expectTiled(splitWindow(window, size, zone), window);
      }
    }
  });

  it('gives at most 10 000 pieces', () => {
    const most = Window.of(new Date(0), new Date(MAX_PIECES * 900_000));
    expect(splitWindow(most, '15m', 'UTC')).toHaveLength(MAX_PIECES);
    expect(() => splitWindow(Window.of(most.from, new Date(most.toMs + 1)), '15m', 'UTC')).toThrow(
      '1970-04-15T04:00:00.001Z by 15m makes more than 10000 pieces',
    );
    expect(() => splitWindow(span('1970-01-01T00:00:00Z', '9999-01-01T00:00:00Z'), 'day', 'Europe/Paris')).toThrow(RangeError);
    // Less than the limit by the longest possible month, more by the real ones.
    expect(() => splitWindow(span('1000-01-01T00:00:00Z', '1860-01-01T00:00:00Z'), 'month', 'UTC')).toThrow(RangeError);
  });
});
