import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Window, splitWindow } from '@tallymark/date-window';
import { type Decimal, ZERO, decimal, formatDecimal, sumDecimals } from '@tallymark/domain';
import { parseConfig } from '@tallymark/service-kit';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import fc from 'fast-check';
import { usageApiConfig } from '../src/config.js';
import { createApp } from '../src/create-app.js';
import { WINDOW_SIZES } from '../src/usage/schemas.js';
import { START_TIMEOUT_MS } from './support/catalogue-app.js';

const NOW = new Date('2026-11-11T00:00:00Z');
/** Over the end of daylight saving in Berlin (25 October), Los Angeles and St. John's (1 November), and its begin in Lord Howe (4 October). */
const SPAN = Window.of(new Date('2026-10-01T00:00:00Z'), new Date('2026-11-10T00:00:00Z'));
const ZONES = ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kathmandu', 'America/St_Johns', 'Australia/Lord_Howe'] as const;
const REGIONS = ['eu', 'us', null] as const;
const SUBJECTS = ['acme', 'acme-2', 'other', '=1+1'] as const;
const EVENTS = 400;

interface Row {
  readonly from: string;
  readonly to: string;
  readonly customer: string | null;
  readonly subject: string | null;
  readonly group: Readonly<Record<string, string | null>>;
  readonly value: string | null;
  readonly event_count: string;
}

interface Body {
  readonly data: readonly Row[];
  readonly next_cursor: string | null;
}

interface Raw {
  readonly subject: (typeof SUBJECTS)[number];
  readonly at: Date;
  readonly region: (typeof REGIONS)[number];
  readonly bytes: Decimal;
}

/** Instants that look drawn at random, many of them at a window's very bound, the same at every run. */
function rawEvents(): Raw[] {
  return Array.from({ length: EVENTS }, (_, index) => {
    const drawn = (index * 2_654_435_761) % 4_294_967_296;
    const ms = Math.floor((drawn / 4_294_967_296) * SPAN.durationMs);
    const at = new Date(SPAN.fromMs + (index % 3 === 0 ? ms - (ms % 900_000) : ms));
    return { subject: SUBJECTS[index % 4]!, at, region: REGIONS[drawn % 3]!, bytes: decimal(`${drawn}e-20`) };
  });
}

describe('GET /platform/v1/usage as a table', () => {
  const raw = rawEvents();
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let key: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    const world = await UsageWorld.create(database, NOW);
    await world.addMeter('calls', { groupBy: { region: '$.region' } });
    await world.addMeter('bytes', { aggregation: 'sum', valueProperty: '$.bytes', groupBy: { region: '$.region' } });
    await world.addMeter('stock', { aggregation: 'sum', valueProperty: '$.bytes', recurring: true });
    await world.addMeter('users', { aggregation: 'unique_count', valueProperty: '$.user' });
    const acme = await world.addCustomer('acme');
    await world.addCustomer('other');
    await world.owner.query('INSERT INTO customer_subject (organization_id, subject, customer_id) VALUES ($1, $2, $3)', [
      world.organizationId,
      'acme-2',
      acme,
    ]);
    await world.use(
      raw.map(({ subject, at, region, bytes }, index) => ({
        subject,
        time: at.toISOString(),
        data: { bytes: formatDecimal(bytes), user: `u${index % 5}`, ...(region === null ? {} : { region }) },
      })),
    );
    key = await addApiKey(world.owner, world.organizationId, { scopes: ['usage:read'] });
    const environment = {
      PORT: '0',
      DATABASE_URL: database.apiUrl,
      TOKEN_SECRET: 's'.repeat(32),
      OPERATOR_TOKEN: 'o'.repeat(32),
      LOG_LEVEL: 'silent',
    };
    app = await createApp(parseConfig(usageApiConfig, environment), { clock: () => NOW });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const get = (query: string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'GET', url: `/platform/v1/usage?${query}`, headers: { authorization: `Bearer ${key}`, ...headers } });
  const page = async (query: string): Promise<Body> => {
    const response = await get(query);
    expect([response.statusCode, response.statusCode === 200 ? '' : response.payload]).toEqual([200, '']);
    return response.json<Body>();
  };
  const readAll = async (query: string): Promise<Row[]> => {
    const rows: Row[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const body: Body = await page(`${query}${cursor === '' ? '' : `&cursor=${cursor}`}`);
      rows.push(...body.data);
      cursor = body.next_cursor;
    }
    return rows;
  };
  const range = (window: Window): string => `from=${window.from.toISOString()}&to=${window.to.toISOString()}`;

  const instants = fc.integer({ min: SPAN.fromMs, max: SPAN.toMs }).map((ms) => new Date(ms));
  const windows = fc
    .tuple(instants, instants)
    .filter(([a, b]) => a < b)
    .map(([a, b]) => Window.of(a, b));
  const queries = fc.record({
    range: windows,
    size: fc.constantFrom(...WINDOW_SIZES),
    zone: fc.constantFrom(...ZONES),
    meter: fc.constantFrom('calls', 'bytes'),
    grouped: fc.boolean(),
    filtered: fc.boolean(),
    limit: fc.integer({ min: 1, max: 3_000 }),
  });

  it(
    'has windows that sum to the whole, and says what a naive count of the events says',
    async () => {
      await fc.assert(
        fc.asyncProperty(queries, async ({ range: asked, size, zone, meter, grouped, filtered, limit }) => {
          const hours = asked.durationMs / 3_600_000;
          const within = size === '15m' && hours > 100 ? Window.of(asked.from, new Date(asked.fromMs + 360_000_000)) : asked;
          const query = `meter=${meter}&customer=acme&${range(within)}${grouped ? '&group_by=region' : ''}${filtered ? '&filter=region:eu&filter=region' : ''}`;
          const rows = await readAll(`${query}&window=${size}&time_zone=${zone}&limit=${Math.max(limit, 50)}`);
          const taken = raw.filter(
            (event) => event.subject.startsWith('acme') && within.contains(event.at) && !(filtered && event.region === 'us'),
          );
          const count = (events: readonly Raw[]): string =>
            meter === 'calls' ? String(events.length) : formatDecimal(sumDecimals(events.map((event) => event.bytes)));
          const groups = grouped ? [...new Set(taken.map((event) => event.region))].sort(byJson) : [undefined];
          const expected = splitWindow(within, size, zone).flatMap(({ covered }) =>
            groups.map((region) => {
              const events = taken.filter((event) => covered.contains(event.at) && (region === undefined || event.region === region));
              return `${covered.from.toISOString()} ${covered.to.toISOString()} ${String(region)} ${count(events)} ${events.length}`;
            }),
          );
          expect(
            rows.map(
              (row) => `${row.from} ${row.to} ${grouped ? String(row.group['region']) : 'undefined'} ${row.value!} ${row.event_count}`,
            ),
          ).toEqual(expected);
          const whole = (await page(query)).data;
          const sum = (of: readonly Row[]): string => formatDecimal(of.reduce((total, row) => total.plus(decimal(row.value!)), ZERO));
          expect([sum(rows), sum(whole)]).toEqual([count(taken), count(taken)]);
        }),
        { numRuns: 25 },
      );
    },
    START_TIMEOUT_MS,
  );

  const october = 'from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z';

  it.each([
    ['customers together', 'customer=acme&customer=other', [[null, null]]],
    [
      'each customer',
      'customer=acme&customer=other&per=customer',
      [
        ['acme', null],
        ['other', null],
      ],
    ],
    [
      'each subject of a customer',
      'customer=acme&per=subject',
      [
        ['acme', 'acme'],
        ['acme', 'acme-2'],
      ],
    ],
    [
      'each of some subjects',
      'subject=acme-2&subject=%3D1%2B1&per=subject',
      [
        [null, 'acme-2'],
        [null, '=1+1'],
      ],
    ],
    ['one subject of a customer', 'customer=acme&subject=acme-2', [['acme', 'acme-2']]],
    [
      'a subject of one of two customers',
      'customer=acme&customer=other&subject=acme-2&per=customer',
      [
        ['acme', 'acme-2'],
        ['other', 'acme-2'],
      ],
    ],
  ])('answers for %s', async (_name, query, series) => {
    const { data } = await page(`meter=calls&${query}&${october}`);
    expect(data.map((row) => [row.customer, row.subject])).toEqual(series);
    const counted = raw.filter((event) => event.at < new Date('2026-11-01T00:00:00Z'));
    for (const row of data) {
      const owned =
        query.includes('customer=other') && row.customer === null
          ? ['acme', 'acme-2', 'other']
          : row.customer === 'acme'
            ? ['acme', 'acme-2']
            : [row.customer];
      const subjects = row.subject === null ? owned : row.customer === 'other' ? [] : [row.subject];
      expect(row.value).toBe(String(counted.filter((event) => (subjects as (string | null)[]).includes(event.subject)).length));
    }
  });

  it('counts a value that two subjects saw once for them together, and once for each', async () => {
    const values = async (query: string): Promise<(string | null)[]> =>
      (await page(`meter=users&customer=acme&${october}${query}`)).data.map((row) => row.value);
    expect([await values(''), await values('&per=subject')]).toEqual([['5'], ['5', '5']]);
  });

  it('tells of a recurring meter what stands at the end of each window, in pages as short as they need to be', async () => {
    const days = Window.of(new Date('2026-10-10T00:07:00Z'), new Date('2026-10-14T12:00:00Z'));
    const rows = await readAll(`meter=stock&customer=acme&window=15m&${range(days)}`);
    const expected = splitWindow(days, '15m', 'UTC').map(({ covered }) =>
      formatDecimal(sumDecimals(raw.filter(({ subject, at }) => subject.startsWith('acme') && at < covered.to).map(({ bytes }) => bytes))),
    );
    expect(rows.map((row) => row.value)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(400);
  });

  it('goes on where a page ended, in the middle of a window too', async () => {
    const query = `meter=bytes&customer=acme&customer=other&per=customer&group_by=region&window=week&${range(SPAN)}`;
    const whole = await readAll(query);
    for (const limit of [2, 7, 36]) expect(await readAll(`${query}&limit=${limit}`)).toEqual(whole);
    expect((await page(`${query}&limit=2`)).data).toHaveLength(2);
    expect(whole).toHaveLength(7 * 2 * 3);
  });

  it('refuses a cursor of another query', async () => {
    const { next_cursor: cursor } = await page(`meter=bytes&customer=acme&window=day&limit=1&${october}`);
    const response = await get(`meter=bytes&customer=other&window=day&limit=1&${october}&cursor=${cursor!}`);
    expect([response.statusCode, response.json<{ errors: { parameter: string }[] }>().errors[0]!.parameter]).toEqual([400, 'cursor']);
  });

  it('answers as CSV that no spreadsheet runs', async () => {
    const query = `meter=bytes&subject=%3D1%2B1&subject=other&per=subject&group_by=region&from=2026-10-01T00:00:00Z&to=2026-11-10T00:00:00Z`;
    const { data } = await page(query);
    const lines = data.map((row) => {
      const subject = row.subject === '=1+1' ? "'=1+1" : row.subject;
      return `${row.from},${row.to},,${subject},${row.group['region'] ?? ''},${row.value},${row.event_count}`;
    });
    const expected = ['from,to,customer,subject,group.region,value,event_count', ...lines, ''].join('\r\n');
    for (const response of [await get(`${query}&format=csv`), await get(query, { accept: 'text/csv' })])
      expect([response.headers['content-type'], response.headers['link'], response.payload]).toEqual([
        'text/csv; charset=utf-8; header=present',
        undefined,
        expected,
      ]);
    const first = await get(`${query}&format=csv&limit=2`);
    const [, next] = /^<\/platform\/v1\/usage\?(.*)>; rel="next"$/.exec(String(first.headers['link'])) ?? [];
    expect(first.payload + (await get(`${next!}`)).payload.split('\r\n').slice(1).slice(0, 2).join('\r\n')).toBe(
      expected.split('\r\n').slice(0, 5).join('\r\n'),
    );
  });

  it.each([
    ['rows per customer of nobody', `meter=bytes&subject=other&per=customer&${october}`, 400],
    ['a filter by an unknown dimension', `meter=bytes&customer=acme&filter=zone:1&${october}`, 400],
    ['a malformed filter', `meter=bytes&customer=acme&filter=:eu&${october}`, 400],
    ['NUL in a filter', `meter=bytes&customer=acme&filter=region:%00&${october}`, 400],
    ['an unknown customer among known ones', `meter=bytes&customer=acme&customer=nobody&${october}`, 404],
    ['a subject of another customer', `meter=bytes&customer=acme&subject=other&${october}`, 404],
    ['a meter given twice', `meter=bytes&meter=calls&customer=acme&${october}`, 400],
    ['a page of more rows than there may be', `meter=bytes&customer=acme&${october}&limit=3001`, 400],
    ['a format it has not', `meter=bytes&customer=acme&${october}&format=xlsx`, 400],
  ])('refuses %s', async (_name, query, status) => {
    const response = await get(query);
    expect([response.statusCode, response.headers['content-type']]).toEqual([status, 'application/problem+json']);
  });
});

function byJson(a: string | null, b: string | null): number {
  const [x, y] = [JSON.stringify([a]), JSON.stringify([b])];
  return x < y ? -1 : x > y ? 1 : 0;
}
