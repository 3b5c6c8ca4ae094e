import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type PriceModel, ZERO, decimal, formatDecimal } from '@tallymark/domain';
import { FOCUS_COLUMNS } from '@tallymark/provider-contracts';
import { parseConfig } from '@tallymark/service-kit';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { usageApiConfig } from '../src/config.js';
import { createApp } from '../src/create-app.js';
import { START_TIMEOUT_MS } from './support/catalogue-app.js';

const NOW = new Date('2026-11-11T00:00:00Z');
const TIERS: PriceModel = {
  model: 'graduated',
  tiers: [
    { upTo: '2', unitAmount: '1', flatAmount: '0' },
    { upTo: null, unitAmount: '0.333', flatAmount: '0.5' },
  ],
};
const CUSTOMERS = 120;

type Row = Readonly<Record<string, string | number | null>>;

describe('GET /platform/v1/exports/focus', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let key: string;
  let acme: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('calls');
    acme = await world.addCustomer('acme');
    const plan = { baseAmount: '10', charges: [{ metric: 'calls', includedUnits: '1', price: TIERS }], startedAt: '2026-09-01T00:00:00Z' };
    await world.subscribe({ ...plan, customerId: acme });
    // Enough of them that the export takes several pieces.
    for (let number = 0; number < CUSTOMERS; number += 1)
      await world.subscribe({
        ...plan,
        customerId: await world.addCustomer(number === 0 ? '=1+1' : `customer-${number}`),
        baseAmount: '1',
      });
    const call = (subject: string, time: string): { subject: string; time: string } => ({ subject, time });
    await world.use([
      ...Array.from({ length: 5 }, () => call('acme', '2026-09-10T00:00:00Z')),
      ...Array.from({ length: 2 }, () => call('acme', '2026-11-10T00:00:00Z')),
      call('=1+1', '2026-11-10T00:00:00Z'),
    ]);
    await world.passTime(NOW.toISOString());
    // Both come after September has closed.
    await world.use([call('acme', '2026-09-11T00:00:00Z'), call('acme', '2026-09-12T00:00:00Z')]);
    key = await addApiKey(world.owner, world.organizationId, { scopes: ['usage:read'] });
    const environment = {
      PORT: '0',
      DATABASE_URL: database.apiUrl,
      TOKEN_SECRET: 's'.repeat(32),
      OPERATOR_TOKEN: 'o'.repeat(32),
      LOG_LEVEL: 'silent',
    };
    app = await createApp(parseConfig(usageApiConfig, environment), { clock: () => NOW });
  }, 2 * START_TIMEOUT_MS);
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const get = (query: string, bearer = key) =>
    app.inject({ method: 'GET', url: `/platform/v1/exports/focus?${query}`, headers: { authorization: `Bearer ${bearer}` } });
  const readRows = async (query: string, bearer = key): Promise<Row[]> => {
    const response = await get(`${query}&format=jsonl`, bearer);
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'application/jsonl; charset=utf-8']);
    return response.payload
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  };
  const autumn = 'from=2026-09-01T00:00:00Z&to=2026-12-01T00:00:00Z';
  const shown = (row: Row): string =>
    `${String(row['ChargePeriodStart']).slice(0, 7)} ${row['ChargeClass'] ?? row['ChargeCategory']} ${String(row['ChargeDescription']).split(': ')[1]!} ${row['PricingQuantity']} × ${row['ListUnitPrice']} = ${row['BilledCost']}`;

  it('writes a row per tier, and corrections of what is closed on the statement that bills them', async () => {
    expect((await readRows(`${autumn}&customer=acme`)).map(shown)).toEqual([
      '2026-09 Purchase base amount 1 × 10 = 10',
      '2026-09 Usage included 1 × 0 = 0',
      '2026-09 Usage tier up to 2 2 × 1 = 2',
      '2026-09 Usage tier over 2 2 × 0.333 = 0.666',
      '2026-09 Purchase tier over 2, flat amount 1 × 0.5 = 0.5',
      '2026-09 Adjustment rounding null × null = 0.004',
      '2026-10 Purchase base amount 1 × 10 = 10',
      '2026-11 Purchase base amount 1 × 10 = 10',
      '2026-11 Usage included 1 × 0 = 0',
      '2026-11 Usage tier up to 2 1 × 1 = 1',
      '2026-09 Correction correction of a closed statement 2 × null = 0.66',
    ]);
  });

  it('has rows of each statement that sum to its total, every statement once', async () => {
    const rows = await readRows(autumn);
    const sums = new Map<string, string>();
    for (const row of rows) {
      const before = decimal(sums.get(String(row['InvoiceId'])) ?? '0');
      sums.set(String(row['InvoiceId']), formatDecimal(before.plus(decimal(String(row['BilledCost'])))));
    }
    const statements: { id: string; total: string }[] = await world.owner.query(
      'SELECT id, total::text FROM statement WHERE organization_id = $1',
      [world.organizationId],
    );
    expect(statements.length).toBeGreaterThan(100);
    const owed = statements
      .map(({ id, total }) => [id, formatDecimal(decimal(total))] as const)
      .filter(([, total]) => total !== formatDecimal(ZERO));
    expect([...sums].sort()).toEqual(owed.sort());
  });

  it('is an empty file where there are no statements', async () => {
    const years = 'from=2030-01-01T00:00:00Z&to=2031-01-01T00:00:00Z';
    expect(await readRows(years)).toEqual([]);
    expect((await get(years)).payload).toBe(`${FOCUS_COLUMNS.join(',')}\r\n`);
  });

  it('cuts the year into files without overlap or gap', async () => {
    const months = [9, 10, 11].map(
      (month) => `from=2026-${String(month).padStart(2, '0')}-01T00:00:00Z&to=2026-${String(month + 1).padStart(2, '0')}-01T00:00:00Z`,
    );
    const parts = [];
    for (const month of months) parts.push(...(await readRows(month)));
    expect(parts).toEqual(await readRows(autumn));
    expect(await readRows(`${autumn}&customer=acme&status=closed`)).toHaveLength(7);
  });

  it('tells how a statement came about day by day', async () => {
    const rows = await readRows(`${autumn}&customer=acme&what=usage`);
    const onDay = (day: string): string[] => rows.filter((row) => String(row['ChargePeriodStart']).startsWith(day)).map(shown);
    expect(onDay('2026-09-09')).toEqual(['2026-09 Purchase base amount 1 × 0.33 = 0.33']);
    // What came late belongs to its own day; what the statement bills is the same as ever.
    expect(onDay('2026-09-11')).toEqual([
      '2026-09 Purchase base amount 1 × 0.34 = 0.34',
      '2026-09 Usage tier over 2 1 × 0.333 = 0.333',
      '2026-09 Adjustment rounding null × null = -0.003',
    ]);
    expect(onDay('2026-09-30')).toEqual([
      '2026-09 Purchase base amount 1 × 0.33 = 0.33',
      '2026-09 Adjustment difference to the statement null × null = -0.66',
    ]);
    const sumOf = (of: readonly Row[], period: string): string =>
      formatDecimal(
        of
          .filter((row) => String(row['BillingPeriodStart']).startsWith(period))
          .reduce((sum, row) => sum.plus(decimal(String(row['BilledCost']))), ZERO),
      );
    const statements = await readRows(`${autumn}&customer=acme`);
    for (const period of ['2026-09', '2026-10']) expect(sumOf(rows, period)).toBe(sumOf(statements, period));
  });

  it('writes CSV with the columns of the specification, safe in spreadsheets', async () => {
    const response = await get(`${autumn}&customer=%3D1%2B1&service_category=Compute`);
    expect(response.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="focus-statements-2026-09-01-2026-12-01.csv"',
    });
    const [header, first] = response.payload.split('\r\n');
    expect(header).toBe(FOCUS_COLUMNS.join(','));
    const cells = first!.split(',');
    const cell = (column: (typeof FOCUS_COLUMNS)[number]): string | undefined => cells[FOCUS_COLUMNS.indexOf(column)];
    expect([cell('BillingAccountId'), cell('ServiceCategory'), cell('ChargeClass')]).toEqual(["'=1+1", 'Compute', '']);
  });

  it('gives a customer its own rows, and knows of no others', async () => {
    const own = await addApiKey(world.owner, world.organizationId, { customerId: acme, scopes: ['usage:read'] });
    expect(new Set((await readRows(autumn, own)).map((row) => row['BillingAccountId']))).toEqual(new Set(['acme']));
    expect((await get(`${autumn}&customer=customer-1`, own)).statusCode).toBe(404);
  });

  it.each([
    ['a window that ends before it begins', 'from=2026-12-01T00:00:00Z&to=2026-09-01T00:00:00Z', 400],
    ['no window', 'format=csv', 400],
    ['an unknown customer', `${autumn}&customer=nobody`, 404],
    ['a category that is none', `${autumn}&service_category=Cats`, 400],
    ['a format it has not', `${autumn}&format=parquet`, 400],
  ])('refuses %s', async (_name, query, status) => {
    const response = await get(query);
    expect([response.statusCode, response.headers['content-type']]).toEqual([status, 'application/problem+json']);
  });
});
