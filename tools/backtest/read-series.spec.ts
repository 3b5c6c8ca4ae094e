import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSeries } from './read-series.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backtest-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const LOG_VIEWS = 'wikipedia_log_views_R_2008-2015.csv';
const REQUESTS = 'nab_elb_request_count_5min.csv';

describe('readSeries', () => {
  it.each([
    [
      'views from their logarithm, in the order of their dates',
      LOG_VIEWS,
      `"ds","y"\n"2008-01-03",${Math.log(120)}\n"2008-01-02",${Math.log(7)}\n`,
      ['2008-01-02=7', '2008-01-03=120'],
    ],
    [
      'requests per day, without the days that the recording cuts off',
      REQUESTS,
      'timestamp,value\n2014-04-10 09:04:00,5\n2014-04-11 00:04:00,1.0\n2014-04-11 23:59:00,2\n2014-04-12 10:00:00,9\n',
      ['2014-04-11=3'],
    ],
  ])('reads %s', (_name, file, text, expected) => {
    writeFileSync(join(folder, file), text);
    const [series] = readSeries(folder);
    expect(series!.days.map(({ date, value }) => `${date}=${value}`)).toEqual(expected);
  });

  it('has none in an empty folder', () => {
    expect(readSeries(folder)).toEqual([]);
  });

  it('quotes what is no number', () => {
    writeFileSync(join(folder, LOG_VIEWS), '"ds","y"\n"2008-01-02",n/a\n');
    expect(() => readSeries(folder)).toThrow('"n/a"');
  });
});
