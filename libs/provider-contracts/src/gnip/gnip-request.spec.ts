import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { domainErrorOf } from '../../test/domain-error.js';
import { buildBasicAuthorization, parseBasicCredentials } from './authentication.js';
import { buildGnipRequest, gnipAccountOfPath, parseGnipRequest } from './request.js';

const NOW = new Date('2026-10-17T06:00:00Z');
const parse = (query: Record<string, string | string[]>, now = NOW) => parseGnipRequest({ account: 'acme', query }, { now });

describe('parseGnipRequest', () => {
  it('without dates asks for the current month and the two before it', () => {
    const query = parse({});
    expect(query).toMatchObject({ account: 'acme', bucket: 'month', fromDate: '202608010000', toDate: '202611010000' });
    expect(query.buckets.map((bucket) => bucket.timePeriod)).toEqual(['202608010000', '202609010000', '202610010000']);
    expect(query.projection).toEqual({ bucketIndex: 2, elapsedMs: 16.25 * 86_400_000, monthMs: 31 * 86_400_000 });
  });

  it.each([
    ['fromDate', 'toDate'],
    ['fromdate', 'toDate'],
    ['fromdate', 'todate'],
    ['FROMDATE', 'TODATE'],
  ])('6.1.1 reads %s and %s', (from, to) => {
    expect(parse({ [from]: '202609010000', [to]: '202609150000', BUCKET: 'day' })).toMatchObject({
      bucket: 'day',
      fromDate: '202609010000',
      toDate: '202609150000',
    });
  });

  it.each([
    ['in two spellings', { fromDate: '202609010000', fromdate: '202609020000' }],
    ['repeated', { fromDate: ['202609010000', '202609020000'] }],
  ])('6.1.1 refuses one parameter with two values, %s', (_name, query) => {
    expect(domainErrorOf(() => parse(query)).details).toMatchObject([{ parameter: 'fromDate', code: 'conflicting' }]);
  });

  it('6.1.1 takes one parameter twice with the same value', () => {
    expect(parse({ fromDate: '202609010000', fromdate: '202609010000' }).fromDate).toBe('202609010000');
  });

  it.each([
    ['before 2018-05-01', '2019-01-15T00:00:00Z', '201804300000', '201806010000'],
    ['before the 13th past month', '2026-10-10T00:00:00Z', '202508310000', '202509300000'],
  ])('6.1.3 refuses a window %s', (_name, now, fromDate, toDate) => {
    expect(domainErrorOf(() => parse({ fromDate, toDate }, new Date(now))).details).toMatchObject([
      { parameter: 'fromDate', code: 'before_history' },
    ]);
  });

  it('6.1.4 on 10 October still offers 1 September of the year before', () => {
    expect(parse({ fromDate: '202509010000', toDate: '202512010000' }, new Date('2026-10-10T00:00:00Z')).buckets).toHaveLength(3);
  });

  it.each([['20260901'], ['20260901000000'], ['202602310000'], ['202613010000'], ['202609012460'], ['2026-09-01'], ['٢٠٢٦٠٩٠١٠٠٠٠']])(
    '6.1.5 refuses the date %s in the words of the family',
    (fromDate) => {
      const error = domainErrorOf(() => parse({ fromDate }));
      expect(error.code).toBe('invalid_request');
      expect(error.message).toBe(
        "Invalid date format for query parameter 'fromDate'. Expected format is 'yyyyMMddHHmm'. For example, '201701012315' for January 1st, 11:15 pm 2017 UTC.\n\n",
      );
    },
  );

  it('6.1.5 cuts hours and minutes, never rounds them', () => {
    expect(parse({ fromDate: '202609012359', toDate: '202609152359' })).toMatchObject({ fromDate: '202609010000', toDate: '202609150000' });
  });

  it('6.1.6 counts whole days up to an explicit toDate, and repeats the one that was asked for', () => {
    const query = parse({ fromDate: '202610010000', toDate: '202611010000' });
    expect(query.toDate).toBe('202611010000');
    expect(query.buckets[0]?.window.to).toEqual(new Date('2026-10-17T00:00:00Z'));
    expect(query.projection?.elapsedMs).toBe(16 * 86_400_000);
  });

  it('6.1.6 counts the current day so far without toDate', () => {
    expect(parse({ fromDate: '202610010000' }).buckets[0]?.window.to.getTime()).toBeGreaterThan(NOW.getTime());
  });

  it.each([['Month'], ['DAY'], ['week'], [' day']])('6.1.7 refuses bucket %j', (bucket) => {
    expect(domainErrorOf(() => parse({ bucket })).details).toMatchObject([{ parameter: 'bucket', code: 'invalid_choice' }]);
  });

  it('6.1.7 takes an empty bucket for an absent one', () => {
    expect(parse({ bucket: '' }).bucket).toBe('month');
  });

  it.each([
    ['days', { bucket: 'day' }],
    ['months that are over', { fromDate: '202607010000', toDate: '202610010000' }],
  ])('projects nothing for %s', (_name, query: Record<string, string>) => {
    expect(parse(query).projection).toBeNull();
  });

  it('projects from the counted span alone when the window begins within the month', () => {
    expect(parse({ fromDate: '202610070000' }).projection?.elapsedMs).toBe(10.25 * 86_400_000);
  });

  it('ignores unknown parameters', () => {
    expect(parse({ max: '1' })).toEqual(parse({}));
  });

  it('reads what buildGnipRequest writes', () => {
    const window = fc
      .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 15, max: 28 }))
      .map(([from, to]) => ({ from: `202609${String(from).padStart(2, '0')}0000`, to: `202609${to}0000` }));
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 40 }).filter((name) => !name.includes('\u0000')),
        fc.constantFrom('day' as const, 'month' as const),
        window,
        (account, bucket, { from, to }) => {
          const { path, query } = buildGnipRequest({ account, bucket, fromDate: from, toDate: to });
          expect(parseGnipRequest({ account: gnipAccountOfPath(path), query }, { now: NOW })).toMatchObject({
            account,
            bucket,
            fromDate: from,
            toDate: to,
          });
        },
      ),
    );
  });
});

describe('gnipAccountOfPath', () => {
  it.each([
    ['acme.json', 'acme'],
    ['Acme-Analytics_2.v1.json', 'Acme-Analytics_2.v1'],
    ['a.json.json', 'a.json'],
    ['a%20b.json', 'a b'],
    ['a%2520b.json', 'a%20b'],
    ['%C3%A9t%C3%A9.json', 'été'],
    ['a%2Fb.json', 'a/b'],
  ])('6.1.9 reads %s as %s, decoded once and with its case', (segment, account) => {
    expect(gnipAccountOfPath(`/metrics/usage/accounts/${segment}`)).toBe(account);
  });

  it.each(['acme', '.json', '%ZZ.json', '%00.json', 'a/b.json'])('6.1.9 finds nothing at %s', (segment) => {
    expect(domainErrorOf(() => gnipAccountOfPath(`/metrics/usage/accounts/${segment}`)).code).toBe('not_found');
  });
});

describe('parseBasicCredentials', () => {
  it.each([
    ['an e-mail address', 'ops@acme.example', 'secret'],
    ['a password with colons', 'ops@acme.example', 'a:b::c'],
    ['UTF-8', 'zoë@acme.example', 'пароль'],
    ['an empty password', 'ops', ''],
  ])('6.1.8 reads %s', (_name, user, password) => {
    expect(parseBasicCredentials(buildBasicAuthorization({ user, password }))).toEqual({ user, password });
  });

  it.each([[undefined], [''], ['Bearer abc'], ['Basic'], ['Basic !!!'], ['Basic Zm9v'], ['Basic /////w==']])('refuses %j', (header) => {
    expect(parseBasicCredentials(header)).toBeNull();
  });

  it('quotes a user with a colon, which the scheme cannot carry', () => {
    expect(() => buildBasicAuthorization({ user: 'a:b', password: '' })).toThrow('"a:b"');
  });
});
