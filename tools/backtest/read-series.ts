import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Series, seriesOf } from './series.js';

interface Source {
  readonly name: string;
  readonly file: string;
  readonly read: (text: string) => Map<string, number>;
}

/** Fixed before any run; a series is not dropped for what it shows. */
const SOURCES: readonly Source[] = [
  { name: 'Wikipedia "R" daily views', file: 'wikipedia_log_views_R_2008-2015.csv', read: readLogViews },
  { name: 'Wikipedia P. Manning daily views', file: 'wikipedia_log_views_peyton_manning_2007-2016.csv', read: readLogViews },
  { name: 'NYC taxi passengers', file: 'nab_nyc_taxi_30min.csv', read: readTimestamped },
  { name: 'AWS load balancer requests', file: 'nab_elb_request_count_5min.csv', read: readCompleteDays },
];

/** The series whose file is in the folder, in the fixed order; empty when none is. @throws Error when a file is there and can't be read. */
export function readSeries(folder: string): Series[] {
  return SOURCES.filter(({ file }) => existsSync(join(folder, file))).map(({ name, file, read }) =>
    seriesOf(name, read(readFileSync(join(folder, file), 'utf8'))),
  );
}

/** `"2008-01-30",5.976…`: the natural logarithm of a whole number of views. */
function readLogViews(text: string): Map<string, number> {
  return new Map(rowsOf(text).map(([date, logarithm]) => [date.replaceAll('"', ''), Math.round(Math.exp(numberOf(logarithm)))]));
}

/** `2014-07-01 00:30:00,8127`: summed per day. */
function readTimestamped(text: string): Map<string, number> {
  const totals = new Map<string, number>();
  for (const [timestamp, value] of rowsOf(text)) {
    const date = timestamp.slice(0, 10);
    totals.set(date, (totals.get(date) ?? 0) + numberOf(value));
  }
  return totals;
}

/** The same, without a first or last day that the recording cuts off. */
function readCompleteDays(text: string): Map<string, number> {
  const totals = readTimestamped(text);
  const rows = rowsOf(text);
  const times = rows.map(([timestamp]) => timestamp.slice(11, 16));
  const first = rows[0]![0].slice(0, 10);
  const last = rows.at(-1)![0].slice(0, 10);
  if (times[0]! > '00:30') totals.delete(first);
  if (times.at(-1)! < '23:30') totals.delete(last);
  return totals;
}

function rowsOf(text: string): [string, string][] {
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [time, value] = line.split(',');
      if (time === undefined || value === undefined) throw new Error(`not a row of the form time,value: ${JSON.stringify(line)}`);
      return [time, value];
    });
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new Error(`not a number: ${JSON.stringify(text)}`);
  return value;
}
