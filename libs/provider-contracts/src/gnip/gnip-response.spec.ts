import { describe, expect, it } from '@jest/globals';
import { decimal, decimalFromInteger, sumDecimals } from '@tallymark/domain';
import fc from 'fast-check';
import { domainErrorOf } from '../../test/domain-error.js';
import { errorsOf, examplesOf, readPublished, validatorOf } from '../../test/published.js';
import type { GnipProjection, GnipUsage, GnipUsageRow } from './canonical.js';
import { GNIP_EXAMPLE, GNIP_EXAMPLE_NOW } from './example.js';
import { gnipOpenApi } from './openapi.js';
import { gnipProductFamily, gnipProductMetrics, gnipPublisherMetrics } from './product-family.js';
import { renderGnipUsage } from './render.js';
import { GNIP_PATH, parseGnipRequest } from './request.js';
import { readGnipUsage } from './response.js';

const DAY_MS = 86_400_000;
const MONTHS = ['202608010000', '202609010000', '202610010000'];
const NONE = { product: null, endpoint: null, label: null };
const usageOf = (rows: GnipUsageRow[]): GnipUsage => ({
  account: 'acme',
  bucket: 'month',
  fromDate: MONTHS[0]!,
  toDate: '202611010000',
  timePeriods: MONTHS,
  rows,
});
const row = (level: Partial<GnipUsageRow>, activities: string): GnipUsageRow => ({
  publisher: 'twitter',
  ...NONE,
  timePeriod: MONTHS[2]!,
  counts: { activities: decimal(activities) },
  ...level,
});

describe('renderGnipUsage', () => {
  it('renders the golden answer, byte for byte', () => {
    const { usage } = readGnipUsage(GNIP_EXAMPLE);
    const { projection } = parseGnipRequest({ account: usage.account, query: {} }, { now: GNIP_EXAMPLE_NOW });
    expect(JSON.stringify(renderGnipUsage(usage, projection))).toBe(JSON.stringify(GNIP_EXAMPLE));
  });

  it('renders it from rows in any order', () => {
    const { usage } = readGnipUsage(GNIP_EXAMPLE);
    fc.assert(
      fc.property(fc.shuffledSubarray([...usage.rows], { minLength: usage.rows.length }), (rows) => {
        expect(renderGnipUsage({ ...usage, rows }, null)).toEqual(renderGnipUsage(usage, null));
      }),
      { numRuns: 20 },
    );
  });

  const sample = readPublished('contracts', 'contracts');
  it(`renders the sample of the contract notes (notes ${sample === null ? 'absent' : 'present'})`, () => {
    const json = sample === null ? null : /### 1\.7[\s\S]*?```json\n([\s\S]*?)```/.exec(sample)?.[1];
    const body: unknown = json === null ? GNIP_EXAMPLE : JSON.parse(json ?? '');
    const now = json === null ? GNIP_EXAMPLE_NOW : new Date('2026-03-12T09:00:00Z');
    const { usage } = readGnipUsage(body);
    const { projection } = parseGnipRequest({ account: usage.account, query: {} }, { now });
    expect(JSON.stringify(renderGnipUsage(usage, projection))).toBe(JSON.stringify(body));
  });

  it('6.1.10 names metrics by level', () => {
    const counts = {
      activities: decimal('9'),
      historicalPowertrackDays: decimal('2'),
      historicalPowertrackJobs: decimal('1'),
      searchRequests30Day: decimal('4'),
    };
    const levels = [
      row({ counts }, '0'),
      row({ product: 'Historical PowerTrack 2.0', counts }, '0'),
      row({ product: 'PowerTrack', counts }, '0'),
    ];
    const publisher = renderGnipUsage(usageOf(levels), null).publishers[0]!;
    expect(publisher.used[2]).toEqual({
      timePeriod: MONTHS[2],
      activities: 9,
      searchRequests30Day: 4,
      searchRequestsFullArchive: 0,
      historicalPowertrackDays: 2,
      historicalPowertrackJobs: 1,
    });
    expect(publisher.products.map((product) => product.used[2])).toEqual([
      { timePeriod: MONTHS[2], activities: 9, days: 2, jobs: 1 },
      { timePeriod: MONTHS[2], activities: 9 },
    ]);
  });

  it('6.1.10 leaves endpoints out where there are none', () => {
    const publisher = renderGnipUsage(
      usageOf([row({ product: 'Historical PowerTrack 2.0' }, '1'), row({ product: 'PowerTrack' }, '1')]),
      null,
    ).publishers[0]!;
    expect(publisher.products.map((product) => 'endpoints' in product)).toEqual([false, false]);
  });

  it('6.1.11 shows the activities each level was given, not their sums', () => {
    const { publishers } = GNIP_EXAMPLE;
    const rendered = renderGnipUsage(readGnipUsage(GNIP_EXAMPLE).usage, null).publishers[0]!;
    const sums = MONTHS.map((_, index) =>
      sumDecimals(rendered.products.map((product) => decimalFromInteger(Number(product.used[index]?.['activities'])))),
    );
    rendered.used.forEach((bucket, index) => {
      expect(bucket['activities']).toBe(publishers[0]?.used[index]?.activities);
      expect(sums[index]?.gt(String(bucket['activities']))).toBe(true);
    });
  });

  it('gives a publisher other than twitter activities alone', () => {
    expect(renderGnipUsage(usageOf([row({ publisher: 'automattic' }, '5')]), null).publishers[0]?.used[2]).toEqual({
      timePeriod: MONTHS[2],
      activities: 5,
    });
  });

  it('fills buckets without usage with zeros', () => {
    expect(
      renderGnipUsage(usageOf([row({ product: 'PowerTrack' }, '5')]), null).publishers[0]?.products[0]?.used.map(
        (bucket) => bucket['activities'],
      ),
    ).toEqual([0, 0, 5]);
  });

  it('answers an account without usage', () => {
    expect(renderGnipUsage(usageOf([]), null)).toEqual({
      account: { name: 'acme' },
      publishers: [],
      bucket: 'month',
      fromDate: MONTHS[0],
      toDate: '202611010000',
    });
  });

  it.each([
    ['a bucket outside the window', [row({ timePeriod: '202607010000' }, '1')]],
    ['one level and bucket twice', [row({}, '1'), row({}, '2')]],
    ['half a post', [row({}, '0.5')]],
  ])('refuses %s', (_name, rows) => {
    expect(() => renderGnipUsage(usageOf(rows), null)).toThrow(RangeError);
  });
});

describe('projected', () => {
  const projectionOf = (elapsedDays: number, monthDays: number): GnipProjection => ({
    bucketIndex: 2,
    elapsedMs: Math.round(elapsedDays * DAY_MS),
    monthMs: monthDays * DAY_MS,
  });

  it.each([
    ['431', 16.625, 31, 803],
    ['23', 16.625, 31, 42],
    ['1', 16.625, 31, 1],
    ['0', 16.625, 31, 0],
    ['16', 16, 31, 31],
    ['7', 30, 30, 7],
    ['7', 0, 30, 7],
    ['9007199254740000', 31, 31, 9007199254740000],
  ])('%s used in %p of %p days comes to %p', (used, elapsedDays, monthDays, projected) => {
    expect(renderGnipUsage(usageOf([row({}, used)]), projectionOf(elapsedDays, monthDays)).publishers[0]?.projected).toMatchObject({
      timePeriod: MONTHS[2],
      activities: projected,
    });
  });

  it('is the exact floor, and no less than what is used', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: DAY_MS, max: 31 * DAY_MS }), (used, elapsedMs) => {
        const projection = { bucketIndex: 2, elapsedMs, monthMs: 31 * DAY_MS };
        const projected = renderGnipUsage(usageOf([row({}, String(used))]), projection).publishers[0]?.projected?.['activities'];
        expect(projected).toBe(Number((BigInt(used) * BigInt(projection.monthMs)) / BigInt(elapsedMs)));
        expect(projected).toBeGreaterThanOrEqual(used);
      }),
    );
  });
});

describe('gnipProductFamily', () => {
  it.each([
    ['Historical PowerTrack Subscription', 'historical'],
    ['Historical PowerTrack 2.0', 'historical'],
    ['PowerTrack', 'stream'],
    ['PowerTrack 2.0', 'stream'],
    ['PowerTrack Replay 2.0', 'stream'],
    ['Search API', 'search_30_day'],
    ['Search API (30-Day)', 'search_30_day'],
    ['Search API (30-Day) 2.0', 'search_30_day'],
    ['Search API (Full-Archive)', 'search_full_archive'],
    ['Decahose', 'stream'],
  ])('%s is of the family %s', (type, family) => {
    expect(gnipProductFamily(type)).toBe(family);
  });
});

describe('readGnipUsage', () => {
  it('reads projections apart from usage', () => {
    const { projected } = readGnipUsage(GNIP_EXAMPLE);
    expect(projected).toHaveLength(10);
    expect(projected[0]).toMatchObject({ publisher: 'twitter', ...NONE, timePeriod: MONTHS[2] });
  });

  it('reads back what was rendered', () => {
    fc.assert(
      fc.property(usages, (usage) => {
        expect(readGnipUsage(renderGnipUsage(usage, null)).usage).toEqual(usage);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['no object', null],
    [
      'a negative count',
      { ...GNIP_EXAMPLE, publishers: [{ type: 'twitter', used: [{ timePeriod: MONTHS[0], activities: -1 }], products: [] }] },
    ],
    [
      'a count as text',
      { ...GNIP_EXAMPLE, publishers: [{ type: 'twitter', used: [{ timePeriod: MONTHS[0], activities: '1' }], products: [] }] },
    ],
    ['a date that does not exist', { ...GNIP_EXAMPLE, fromDate: '202602310000' }],
  ])('refuses %s', (_name, body) => {
    expect(domainErrorOf(() => readGnipUsage(body)).message).toContain('not a Gnip usage answer');
  });
});

describe('gnipOpenApi', () => {
  it('describes its own example', () => {
    const validate = validatorOf(gnipOpenApi, 'GnipUsage');
    expect(examplesOf(gnipOpenApi, GNIP_PATH).flatMap((example) => errorsOf(validate, example))).toEqual([]);
  });
});

/** Usage in the form that the reader gives: levels in the order of the wire, every bucket of each. */
const levelRows = (
  level: Pick<GnipUsageRow, 'publisher' | 'product' | 'endpoint' | 'label'>,
  metrics: ReturnType<typeof gnipProductMetrics>,
): fc.Arbitrary<GnipUsageRow[]> =>
  fc.tuple(
    ...MONTHS.map((timePeriod) =>
      fc
        .tuple(...metrics.map(([metric]) => fc.nat().map((count) => [metric, decimalFromInteger(count)] as const)))
        .map((counts) => ({ ...level, timePeriod, counts: Object.fromEntries(counts) })),
    ),
  );
const productRows = (publisher: string, product: string, endpoints: [string, string][]): fc.Arbitrary<GnipUsageRow[]> =>
  fc
    .subarray(endpoints)
    .chain((chosen) =>
      fc
        .tuple(
          levelRows({ publisher, product, endpoint: null, label: null }, gnipProductMetrics(product)),
          ...chosen.map(([endpoint, label]) => levelRows({ publisher, product, endpoint, label }, gnipProductMetrics(endpoint))),
        )
        .map((levels) => levels.flat()),
    );
const publisherRows = (publisher: string): fc.Arbitrary<GnipUsageRow[]> =>
  fc
    .tuple(
      levelRows({ publisher, ...NONE }, gnipPublisherMetrics(publisher)),
      productRows(publisher, 'Historical PowerTrack 2.0', []),
      productRows(publisher, 'PowerTrack', [
        ['PowerTrack 2.0', 'dev'],
        ['PowerTrack 2.0', 'prod'],
        ['PowerTrack Replay 2.0', 'prod'],
      ]),
      productRows(publisher, 'Search API (Full-Archive)', [['Search API (Full-Archive)', 'prod']]),
    )
    .map((levels) => levels.flat());
const usages = fc.tuple(publisherRows('automattic'), publisherRows('twitter')).map((rows) => usageOf(rows.flat()));
