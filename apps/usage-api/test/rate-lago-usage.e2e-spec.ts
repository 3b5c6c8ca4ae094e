import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Charge, type Decimal, type PriceModel, ZERO, decimal, formatDecimal, sumDecimals } from '@tallymark/domain';
import type { LagoUsageRow } from '@tallymark/provider-contracts';
import { type StatementAmountsJson, parseStatementAmounts } from '@tallymark/rating';
import type { Principal } from '@tallymark/service-kit';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import { LagoService } from '../src/contracts/lago/lago.service.js';
import { startContractApp } from './support/contract-app.js';

const NOW = new Date('2026-11-11T12:34:56Z');
const tier = (upTo: string | null, unitAmount: string) => ({ upTo, unitAmount, flatAmount: '0' });

const PERCENTAGE = {
  model: 'percentage',
  rate: '1.2',
  fixedAmount: '0.03',
  freeTransactions: null,
  freeAmount: null,
  minPerTransaction: null,
  maxPerTransaction: null,
} as const;

interface Priced {
  readonly price: PriceModel;
  readonly aggregation?: string;
  readonly recurring?: boolean;
  readonly includedUnits?: string;
  readonly filters?: Charge['filters'];
  readonly pricingGroups?: readonly string[];
  readonly prorated?: boolean;
}

const METERS: Readonly<Record<string, Priced>> = {
  standard: { price: { model: 'standard', unitAmount: '0.0037' }, includedUnits: '30' },
  graduated: { price: { model: 'graduated', tiers: [tier('20', '0.5'), tier('60', '0.25'), tier(null, '0.1')] } },
  volume: { price: { model: 'volume', tiers: [tier('40', '1'), tier(null, '0.4')] } },
  package: { price: { model: 'package', packageSize: '7', packageAmount: '0.99' } },
  percentage: {
    price: PERCENTAGE,
    aggregation: 'sum',
  },
  uniques: { price: { model: 'standard', unitAmount: '0.05' }, aggregation: 'unique_count' },
  peak: { price: { model: 'standard', unitAmount: '2' }, aggregation: 'max' },
  seats: { price: { model: 'standard', unitAmount: '5' }, aggregation: 'latest', recurring: true, includedUnits: '3' },
  prorated_seats: { price: { model: 'standard', unitAmount: '5' }, aggregation: 'latest', recurring: true, prorated: true },
  regional: {
    price: { model: 'graduated', tiers: [tier('20', '0.5'), tier(null, '0.1')] },
    filters: [
      {
        name: 'Europe',
        values: { region: ['eu'] },
        includedUnits: '5',
        price: { model: 'package', packageSize: '7', packageAmount: '0.99' },
      },
    ],
    aggregation: 'sum',
  },
  users_by_region: { price: { model: 'standard', unitAmount: '0.05' }, aggregation: 'unique_count', pricingGroups: ['region'] },
  by_transaction: { price: { ...PERCENTAGE, freeTransactions: 3, maxPerTransaction: '0.12' }, aggregation: 'sum' },
  dynamic: { price: { model: 'dynamic' }, aggregation: 'sum' },
};

/** The amounts before they are rounded to be shown: of all rows on one side, of all statements on the other. */
describe('amounts of Lago usage', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    for (const [code, { aggregation = 'count', recurring = false }] of Object.entries(METERS))
      await world.addMeter(code, {
        aggregation,
        recurring,
        valueProperty: aggregation === 'count' ? null : '$.n',
        groupBy: { region: '$.region' },
        amountProperty: code === 'dynamic' ? '$.fee' : undefined,
      });
    const charges = Object.entries(METERS).map(([metric, { aggregation: _, recurring: __, ...priced }]) => ({ metric, ...priced }));
    // Billing periods begin at midnight in New York and in Kathmandu, a quarter of an hour off the hour, never at midnight UTC.
    for (const [name, timeZone] of [
      ['acme', 'America/New_York'],
      ['ann', 'Asia/Kathmandu'],
    ] as const) {
      await world.subscribe({
        customerId: await world.addCustomer(name),
        charges,
        timeZone,
        startedAt: '2026-08-20T10:07:33.250Z',
        interval: name === 'ann' ? 'weekly' : 'monthly',
      });
    }
    const spanMs = NOW.getTime() - Date.UTC(2026, 7, 20);
    const events = Array.from({ length: 600 }, (_, n) => ({
      subject: n % 3 === 0 ? 'ann' : 'acme',
      time: new Date(Date.UTC(2026, 7, 20) + Math.floor((((n * 2_654_435_761) % 4_294_967_296) / 4_294_967_296) * spanMs)).toISOString(),
      data: { n: (n * 31) % 17, region: ['eu', 'us', null][(n % 7) % 3], fee: `0.00${n}` },
    }));
    // Around the very bounds of periods and days.
    const bounds = [
      '2026-08-20T10:07:33.249Z',
      '2026-08-20T10:07:33.250Z',
      '2026-09-30T23:59:59.999Z',
      '2026-10-01T00:00:00Z',
      '2026-10-01T03:59:59.999Z',
      '2026-10-01T04:00:00Z',
    ];
    await world.use([...events, ...bounds.map((time) => ({ subject: 'acme', time, data: { n: 5 } }))]);
    app = await startContractApp(database, () => NOW);
  });
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const principal = (): Principal => ({
    organizationId: world.organizationId,
    customerId: null,
    scopes: new Set(['analytic:read']),
    credentialId: 'k',
    kind: 'api_key',
  });
  const readRows = async (query: Record<string, string>): Promise<readonly LagoUsageRow[]> =>
    (await app.get(LagoService).read(principal(), { from_date: '2026-08-01', to_date: '2026-11-30', ...query })).rows;
  const totals = (rows: readonly { metricCode: string; amount: Decimal; units: Decimal }[]) =>
    Object.fromEntries(
      Object.keys(METERS).map((code) => {
        const own = rows.filter((row) => row.metricCode === code);
        // A user seen in two regions is one user to the meter, and two to the statement, which prices each region apart.
        const units = code === 'users_by_region' ? [] : [sumDecimals(own.map((row) => row.units))];
        return [code, [...units, sumDecimals(own.map((row) => row.amount))].map(formatDecimal)];
      }),
    );
  const statementTotals = async () => {
    const statements: { amounts: StatementAmountsJson }[] = await world.owner.query('SELECT amounts FROM statement');
    const lines = statements.flatMap(({ amounts }) => parseStatementAmounts(amounts).lines);
    return totals(
      lines.map((line) => ({ metricCode: line.metric, units: line.used, amount: sumDecimals(line.details.map(({ amount }) => amount)) })),
    );
  };

  it.each(['daily', 'weekly', 'monthly'])('add up, %s, to the lines of all statements, exactly', async (granularity) => {
    expect(totals(await readRows({ time_granularity: granularity }))).toEqual(await statementTotals());
  });

  it('add up from days to months, also where billing periods end within a day', async () => {
    const days = await readRows({ time_granularity: 'daily' });
    for (const month of await readRows({ time_granularity: 'monthly' })) {
      const own = days.filter(
        (day) => day.metricCode === month.metricCode && day.period.start >= month.period.start && day.period.end <= month.period.end,
      );
      expect([month.period.start, month.metricCode, ...totals(own)[month.metricCode]!]).toEqual([
        month.period.start,
        month.metricCode,
        ...totals([month])[month.metricCode]!,
      ]);
    }
  });

  it('do not depend on where a request begins', async () => {
    const all = await readRows({});
    const some = await readRows({ from_date: '2026-10-17', to_date: '2026-10-20' });
    const within = all.filter(({ period }) => period.start >= '2026-10-17' && period.start <= '2026-10-20');
    const shown = (rows: readonly LagoUsageRow[]): string[] =>
      rows.map((row) => `${row.period.start} ${row.metricCode} ${formatDecimal(row.units)} ${formatDecimal(row.amount)}`).sort();
    expect(shown(some)).toEqual(shown(within));
    expect(some.length).toBeGreaterThan(0);
  });

  it('are below zero where more units cost less', async () => {
    const amounts = (await readRows({ billable_metric_code: 'volume' })).map((row) => row.amount);
    expect(amounts.some((amount) => amount.lt(ZERO))).toBe(true);
    expect(sumDecimals(amounts).gt(decimal('0'))).toBe(true);
  });
});
