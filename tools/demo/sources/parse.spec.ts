import { describe, expect, it } from '@jest/globals';
import { parseAccessLog } from './parse-access-log.js';
import { parseAzureTrace } from './parse-azure-trace.js';
import { parseDailyViews } from './parse-daily-views.js';
import { parseDayShape } from './parse-day-shape.js';

describe('parseAzureTrace', () => {
  it('reads time to the millisecond and both token counts', () => {
    expect(parseAzureTrace('TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,374,44\r\n', 'chat')).toEqual([
      { at: new Date('2023-11-16T18:15:46.680Z'), model: 'chat', inputTokens: 374, outputTokens: 44 },
    ]);
  });
});

describe('parseAccessLog', () => {
  const line = (time: string, request: string, rest: string): string => `198.51.100.7 - - [${time}] "${request}" ${rest}`;

  it.each([
    [
      line('17/May/2015:10:05:03 +0000', 'GET /a?b=c HTTP/1.1', '200 203023 "http://example.com/" "Mozilla/5.0 (X11)"'),
      {
        at: new Date('2015-05-17T10:05:03Z'),
        method: 'GET',
        target: '/a?b=c',
        status: 200,
        bytes: 203023,
        referer: 'http://example.com/',
        userAgent: 'Mozilla/5.0 (X11)',
      },
    ],
    [
      line('01/Jan/2016:01:30:00 +0200', 'HEAD / HTTP/1.0', '304 - "-" "-"'),
      { at: new Date('2015-12-31T23:30:00Z'), method: 'HEAD', target: '/', status: 304, bytes: 0, referer: '', userAgent: '' },
    ],
  ])('reads %s', (text, expected) => {
    expect(parseAccessLog(text)).toEqual([expected]);
  });

  it('sorts by time, leaves addresses out and passes over what is no such line', () => {
    const text = [
      line('17/May/2015:10:05:43 +0000', 'GET /b HTTP/1.1', '200 1 "-" "-"'),
      'nonsense',
      line('17/May/2015:10:05:03 +0000', 'GET /a HTTP/1.1', '200 1 "-" "-"'),
    ].join('\n');
    const entries = parseAccessLog(text);
    expect(entries.map(({ target }) => target)).toEqual(['/a', '/b']);
    expect(JSON.stringify(entries)).not.toContain('198.51.100.7');
  });
});

describe('parseDailyViews', () => {
  it('turns logarithms back to counts, sorts days and fills a gap with the week before', () => {
    const day = (date: string, count: number): string => `"${date}",${Math.log(count)}`;
    const text = ['"ds","y"', day('2015-12-09', 700), day('2015-12-01', 389), day('2015-12-02', 780)].join('\n');
    const counts = parseDailyViews(text);
    expect(counts).toHaveLength(9);
    expect(counts.map(({ count }) => count)).toEqual([389, 780, 780, 780, 780, 780, 780, 389, 700]);
    expect(counts[0]?.day).toEqual(new Date('2015-12-01T00:00:00Z'));
  });
});

describe('parseDayShape', () => {
  it('adds up by the quarter of an hour', () => {
    const shape = parseDayShape('timestamp,value\n2014-04-10 00:04:00,94.0\n2014-04-11 00:14:59,6\n2014-04-10 23:59:00,5.0\n');
    expect([shape.length, shape[0], shape[1], shape[95]]).toEqual([96, 100, 0, 5]);
  });
});
