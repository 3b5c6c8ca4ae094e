import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WindowError } from './errors.js';
import { type GnipQuery, gnipWindow } from './gnip-window.js';

const NOW = new Date('2026-11-21T15:30:00Z');

/** `bucket from..to`, as echoed. */
const echoOf = (query: GnipQuery, now = NOW): string => {
  const { bucket, echo } = gnipWindow(query, now);
  return `${bucket} ${echo.fromDate}..${echo.toDate}`;
};

function refusalOf(query: GnipQuery, now = NOW): { code: string; parameter: string; message: string } {
  try {
    gnipWindow(query, now);
  } catch (error) {
    if (error instanceof WindowError) return error;
    throw error;
  }
  throw new Error(`accepted ${JSON.stringify(query)}`);
}

describe('the window of a Gnip request', () => {
  it.each<[string, GnipQuery, string]>([
    ['nothing: this month and two before', {}, 'month 202609010000..202612010000'],
    ['empty texts, as nothing', { bucket: '', fromDate: '', toDate: '' }, 'month 202609010000..202612010000'],
    ['the bucket month alone', { bucket: 'month' }, 'month 202609010000..202612010000'],
    ['the bucket day alone: this month up to tomorrow', { bucket: 'day' }, 'day 202611010000..202611220000'],
    ['fromDate alone, by month: to the next month', { fromDate: '202610150000' }, 'month 202610150000..202612010000'],
    ['fromDate alone, by day: to tomorrow', { bucket: 'day', fromDate: '202610150000' }, 'day 202610150000..202611220000'],
    ['toDate alone, by month: its last day’s month and two before', { toDate: '202605100000' }, 'month 202603010000..202605100000'],
    ['toDate on a first, alone: the month before is the last', { toDate: '202605010000' }, 'month 202602010000..202605010000'],
    ['toDate alone, by day: its last day’s month', { bucket: 'day', toDate: '202605100000' }, 'day 202605010000..202605100000'],
    ['toDate on a first, alone, by day', { bucket: 'day', toDate: '202605010000' }, 'day 202604010000..202605010000'],
    ['a time of day, cut', { fromDate: '202611012359', toDate: '202611050001' }, 'month 202611010000..202611050000'],
    ['both', { bucket: 'day', fromDate: '202611010000', toDate: '202611050000' }, 'day 202611010000..202611050000'],
    ['a toDate in the future, echoed as asked', { fromDate: '202611010000', toDate: '202701010000' }, 'month 202611010000..202701010000'],
  ])('with %s', (_name, query, echo) => {
    expect(echoOf(query)).toBe(echo);
  });

  it('counts through the current day by default', () => {
    expect(gnipWindow({}, NOW).window?.toJSON()).toEqual({ from: '2026-09-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' });
    expect(gnipWindow({ bucket: 'day' }, NOW).buckets.at(-1)).toMatchObject({
      timePeriod: '202611210000',
      window: { fromMs: Date.UTC(2026, 10, 21) },
    });
  });

  it.each([
    ['yesterday', '202611200000', '2026-11-20T00:00:00.000Z'],
    ['the current day', '202611210000', '2026-11-21T00:00:00.000Z'],
    ['tomorrow', '202611220000', '2026-11-21T00:00:00.000Z'],
    ['next month', '202612010000', '2026-11-21T00:00:00.000Z'],
  ])('with an explicit toDate of %s counts full days only', (_name, toDate, countedTo) => {
    const { window, buckets } = gnipWindow({ bucket: 'day', fromDate: '202611180000', toDate }, NOW);
    expect(window?.to.toISOString()).toBe(countedTo);
    expect(buckets.at(-1)?.window.to.toISOString()).toBe(countedTo);
  });

  it('counts nothing from the current day to an explicit toDate', () => {
    expect(gnipWindow({ bucket: 'day', fromDate: '202611210000', toDate: '202611220000' }, NOW)).toEqual({
      bucket: 'day',
      window: null,
      echo: { fromDate: '202611210000', toDate: '202611220000' },
      buckets: [],
      includesCurrentMonth: false,
    });
  });

  it.each<[string, GnipQuery, [string, string, string][]]>([
    [
      'partial months under the label of their first day',
      { fromDate: '202609150000', toDate: '202611050000' },
      [
        ['202609010000', '2026-09-15', '2026-10-01'],
        ['202610010000', '2026-10-01', '2026-11-01'],
        ['202611010000', '2026-11-01', '2026-11-05'],
      ],
    ],
    [
      'days of one month as one bucket',
      { fromDate: '202603010000', toDate: '202603050000' },
      [['202603010000', '2026-03-01', '2026-03-05']],
    ],
    [
      'one bucket per day',
      { bucket: 'day', fromDate: '202602270000', toDate: '202603020000' },
      [
        ['202602270000', '2026-02-27', '2026-02-28'],
        ['202602280000', '2026-02-28', '2026-03-01'],
        ['202603010000', '2026-03-01', '2026-03-02'],
      ],
    ],
  ])('gives %s', (_name, query, buckets) => {
    expect(
      gnipWindow(query, NOW).buckets.map(({ timePeriod, window }) => [
        timePeriod,
        window.toJSON().from.slice(0, 10),
        window.toJSON().to.slice(0, 10),
      ]),
    ).toEqual(buckets);
  });

  it.each<[string, GnipQuery, boolean]>([
    ['no dates', {}, true],
    ['a toDate in this month', { toDate: '202611020000' }, true],
    ['a toDate on the first of this month', { toDate: '202611010000' }, false],
    ['past months', { fromDate: '202606010000', toDate: '202608010000' }, false],
  ])('with %s reaches into the current month: %s', (_name, query, reaches) => {
    expect(gnipWindow(query, NOW).includesCurrentMonth).toBe(reaches);
  });
});

describe('the history of Gnip usage', () => {
  const LONG = { allowLongSpan: true };

  it('on 10 October goes back to 1 September of the year before: this month and 13 before, 14 labels', () => {
    const now = new Date('2026-10-10T12:00:00Z');
    expect(gnipWindow({ fromDate: '202509010000' }, now, LONG).buckets.map(({ timePeriod }) => timePeriod.slice(0, 6))).toEqual([
      '202509',
      '202510',
      '202511',
      '202512',
      '202601',
      '202602',
      '202603',
      '202604',
      '202605',
      '202606',
      '202607',
      '202608',
      '202609',
      '202610',
    ]);
    expect(refusalOf({ fromDate: '202508310000', toDate: '202509050000' }, now)).toMatchObject({
      code: 'before_history',
      parameter: 'fromDate',
    });
  });

  it.each([
    ['the last moment of a month', '2026-10-31T23:59:59.999Z', '202509010000', '202508310000'],
    ['the first moment of the next', '2026-11-01T00:00:00.000Z', '202510010000', '202509300000'],
    ['a January', '2027-01-15T00:00:00.000Z', '202512010000', '202511300000'],
    ['the time before 13 months had passed: never before May 2018', '2018-07-17T15:00:00.000Z', '201805010000', '201804300000'],
  ])('at %s (%s) begins at %s', (_name, now, first, tooEarly) => {
    expect(gnipWindow({ fromDate: first }, new Date(now), LONG).echo.fromDate).toBe(first);
    expect(refusalOf({ fromDate: tooEarly }, new Date(now))).toMatchObject({ code: 'before_history', parameter: 'fromDate' });
  });

  it('answers the default request of 17 July 2018 as the vendor’s sample does', () => {
    expect(echoOf({}, new Date('2018-07-17T15:00:00Z'))).toBe('month 201805010000..201808010000');
  });

  it('cuts a default begin to the history, where there is nothing to blame the caller for', () => {
    expect(echoOf({ toDate: '202510150000' }, new Date('2026-10-10T12:00:00Z'))).toBe('month 202509010000..202510150000');
    expect(echoOf({}, new Date('2018-05-10T00:00:00Z'))).toBe('month 201805010000..201806010000');
  });

  it('blames a toDate that lies before it', () => {
    expect(refusalOf({ toDate: '202509010000' }, new Date('2026-10-10T12:00:00Z'))).toMatchObject({
      code: 'before_history',
      parameter: 'toDate',
    });
  });
});

describe('the longest Gnip window', () => {
  it.each<[string, GnipQuery, boolean]>([
    ['three calendar months', { fromDate: '202606010000', toDate: '202609010000' }, true],
    ['three months and a day', { fromDate: '202606010000', toDate: '202609020000' }, false],
    ['three months from the 15th, over four calendar months', { fromDate: '202606150000', toDate: '202609150000' }, true],
    ['three months to a shorter month', { fromDate: '202511300000', toDate: '202602280000' }, true],
    ['a day more than that', { fromDate: '202511300000', toDate: '202603010000' }, false],
    ['fromDate alone, three calendar months with this one', { fromDate: '202609010000' }, true],
    ['fromDate alone, before that', { fromDate: '202608310000' }, false],
    ['fromDate alone by day, ending tomorrow', { bucket: 'day', fromDate: '202608220000' }, true],
    ['fromDate alone by day, a day longer', { bucket: 'day', fromDate: '202608210000' }, false],
  ])('%s: allowed %s', (_name, query, allowed) => {
    if (allowed) expect(gnipWindow(query, NOW).buckets.length).toBeGreaterThan(0);
    else expect(refusalOf(query)).toMatchObject({ code: 'span_too_long' });
    expect(gnipWindow(query, NOW, { allowLongSpan: true }).buckets.length).toBeGreaterThan(0);
  });
});

describe('what a Gnip request is refused for', () => {
  it.each<[string, GnipQuery, string, string, string]>([
    ['an unknown bucket', { bucket: 'week' }, 'invalid_choice', 'bucket', '"week"; expected one of day, month'],
    ['a bucket in capitals', { bucket: 'Day' }, 'invalid_choice', 'bucket', '"Day"'],
    ['a date that does not exist', { fromDate: '201802310000' }, 'invalid_format', 'fromDate', '"201802310000"'],
    ['8 digits', { toDate: '20261101' }, 'invalid_format', 'toDate', '"20261101"'],
    [
      'an equal begin and end',
      { fromDate: '202611050000', toDate: '202611052359' },
      'empty_window',
      'fromDate',
      '202611050000 to 202611050000',
    ],
    ['a reversed window', { fromDate: '202611060000', toDate: '202611050000' }, 'empty_window', 'fromDate', '202611060000 to 202611050000'],
    ['a begin in the future', { fromDate: '202611220000', toDate: '202611300000' }, 'in_future', 'fromDate', '202611220000'],
    ['an end so far ahead that its default begin is too', { toDate: '202706010000' }, 'in_future', 'toDate', '202706010000'],
  ])('%s', (_name, query, code, parameter, quoted) => {
    expect(refusalOf(query)).toMatchObject({ code, parameter, message: expect.stringContaining(quoted) });
  });
});

describe('the buckets of a Gnip window', () => {
  it('tile what is counted, at every date of request', () => {
    const day = fc.date({ min: new Date('2019-08-01T00:00:00Z'), max: new Date('2035-01-01T00:00:00Z'), noInvalidDate: true });
    fc.assert(
      fc.property(
        day,
        fc.integer({ min: 0, max: 390 }),
        fc.integer({ min: 1, max: 80 }),
        fc.constantFrom('day', 'month'),
        (now, daysAgo, lengthDays, bucket) => {
          const text = (days: number): string =>
            new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '').concat('0000');
          const { window, buckets } = gnipWindow({ bucket, fromDate: text(-daysAgo), toDate: text(lengthDays - daysAgo) }, now);
          expect(buckets[0]?.window.fromMs).toBe(window?.fromMs);
          expect(buckets.at(-1)?.window.toMs).toBe(window?.toMs);
          buckets.slice(1).forEach((next, at) => expect(next.window.fromMs).toBe(buckets[at]?.window.toMs));
          expect(window === null || window.to <= now).toBe(true);
        },
      ),
    );
  });
});
