import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateFormatError } from './errors.js';
import { normalizeEventTime, parseRfc3339 } from './rfc3339.js';

describe('normalizeEventTime', () => {
  it.each([
    ['whole seconds', '2026-11-21T10:00:00Z', '2026-11-21T10:00:00.000000Z'],
    ['milliseconds', '2026-11-21T10:00:00.123Z', '2026-11-21T10:00:00.123000Z'],
    ['microseconds', '2026-11-21T10:00:00.123456Z', '2026-11-21T10:00:00.123456Z'],
    ['nanoseconds, cut', '2026-11-21T10:00:00.123456789Z', '2026-11-21T10:00:00.123456Z'],
    ['all nines, not rounded into the next year', '2026-12-31T23:59:59.9999999Z', '2026-12-31T23:59:59.999999Z'],
    ['lower case', '2026-11-21t10:00:00z', '2026-11-21T10:00:00.000000Z'],
    ['an offset east', '2026-11-21T01:00:00.5+05:45', '2026-11-20T19:15:00.500000Z'],
    ['an offset west', '2026-12-31T23:00:00.0000019-08:00', '2027-01-01T07:00:00.000001Z'],
    ['an unknown local offset', '2026-11-21T10:00:00-00:00', '2026-11-21T10:00:00.000000Z'],
    ['a leap day', '2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000000Z'],
    ['the first year', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
    ['a year below 100 with offset', '0050-01-01T00:00:00+01:00', '0049-12-31T23:00:00.000000Z'],
    ['a leap second', '2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000000Z'],
    ['the fraction of a leap second', '2016-12-31T23:59:60.75Z', '2017-01-01T00:00:00.000000Z'],
    ['a leap second with offset', '1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000000Z'],
  ])('reads %s: %s is %s', (_name, text, normal) => {
    expect(normalizeEventTime(text)).toBe(normal);
    expect(parseRfc3339(text).toISOString()).toBe(`${normal.slice(0, 23)}Z`);
  });

  it.each([
    ['nothing', ''],
    ['no offset', '2026-11-21T10:00:00'],
    ['a space for the T', '2026-11-21 10:00:00Z'],
    ['no seconds', '2026-11-21T10:00Z'],
    ['an empty fraction', '2026-11-21T10:00:00.Z'],
    ['a comma', '2026-11-21T10:00:00,5Z'],
    ['no such date', '2026-02-29T10:00:00Z'],
    ['no such month', '2026-13-01T10:00:00Z'],
    ['day 00', '2026-01-00T10:00:00Z'],
    ['hour 24', '2026-11-21T24:00:00Z'],
    ['minute 60', '2026-11-21T10:60:00Z'],
    ['second 61', '2026-11-21T10:00:61Z'],
    ['a leap second within a day', '2026-11-21T10:00:60Z'],
    ['a leap second within a month', '2026-11-21T23:59:60Z'],
    ['a leap second that its offset moves off the month’s end', '2016-12-31T23:59:60+01:00'],
    ['offset hour 24', '2026-11-21T10:00:00+24:00'],
    ['offset minute 60', '2026-11-21T10:00:00+01:60'],
    ['an offset without colon', '2026-11-21T10:00:00+0100'],
    ['an offset without minutes', '2026-11-21T10:00:00+01'],
    ['year 0', '0000-01-01T00:00:00Z'],
    ['a year 0 by offset', '0001-01-01T00:00:00+00:01'],
    ['a year 10000 by offset', '9999-12-31T23:59:59-00:01'],
    ['five digits of year', '12026-11-21T10:00:00Z'],
    ['a sign', '+2026-11-21T10:00:00Z'],
    ['trailing text', '2026-11-21T10:00:00Z '],
    ['a line break', '2026-11-21T10:00:00Z\n'],
    ['a zone name', '2026-11-21T10:00:00Z[UTC]'],
    ['digits of another script', '٢٠٢٦-11-21T10:00:00Z'],
    ['a Unix time', '1763719200'],
  ])('refuses %s: %j', (_name, text) => {
    expect(() => normalizeEventTime(text)).toThrow(DateFormatError);
    expect(() => parseRfc3339(text)).toThrow(JSON.stringify(text));
  });

  const instants = fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true });

  it('keeps the instant at every offset, and has one text for it', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: -1_439, max: 1_439 }), (instant, offsetMinutes) => {
        const local = new Date(instant.getTime() + offsetMinutes * 60_000).toISOString().slice(0, -1);
        const size = Math.abs(offsetMinutes);
        const offset = `${offsetMinutes < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`;
        expect(normalizeEventTime(`${local}${offset}`)).toBe(instant.toISOString().replace('Z', '000Z'));
        expect(parseRfc3339(`${local}${offset}`)).toEqual(instant);
      }),
    );
  });

  it('leaves its own answers as they are', () => {
    fc.assert(
      fc.property(instants, (instant) =>
        expect(normalizeEventTime(normalizeEventTime(instant.toISOString()))).toBe(normalizeEventTime(instant.toISOString())),
      ),
    );
  });

  it('agrees with Date on what is a date-time of the common form', () => {
    const twoDigits = fc.integer({ min: 0, max: 62 }).map((value) => String(value).padStart(2, '0'));
    fc.assert(
      fc.property(fc.array(twoDigits, { minLength: 5, maxLength: 5 }), ([month, day, hour, minute, second]) => {
        const text = `2026-${month}-${day}T${hour}:${minute}:${second}Z`;
        const date = new Date(text);
        fc.pre(second !== '60' && hour !== '24');
        // Date carries a 31 June over into July; that it prints another text tells.
        const exists = !Number.isNaN(date.getTime()) && date.toISOString() === text.replace('Z', '.000Z');
        if (exists) expect(parseRfc3339(text)).toEqual(date);
        else expect(() => parseRfc3339(text)).toThrow(DateFormatError);
      }),
      { numRuns: 500 },
    );
  });
});
