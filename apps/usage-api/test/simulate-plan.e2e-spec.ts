import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { decimal, formatDecimal, sumDecimals } from '@tallymark/domain';
import { newId } from '@tallymark/persistence';
import { parseConfig } from '@tallymark/service-kit';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { usageApiConfig } from '../src/config.js';
import { createApp } from '../src/create-app.js';
import { START_TIMEOUT_MS } from './support/catalogue-app.js';

const NOW = new Date('2026-11-11T00:00:00Z');
const CUSTOMERS = 1_000;
/** Long enough for a thousand customers to be made on a busy machine. */
const MANY_TIMEOUT_MS = 180_000;

const CALLS = { metric: 'calls', name: 'Calls', meter_code: 'calls', unit: 'calls', price: { model: 'standard', unit_amount: '0.5' } };
const TERMS = { currency: 'USD', interval: 'monthly', base_amount: '30', charges: [CALLS] };
const AUTUMN = { from: '2026-09-01T00:00:00Z', to: '2026-11-01T00:00:00Z' };

interface Amounts {
  readonly current_amount: string;
  readonly proposed_amount: string;
  readonly difference: string;
}

interface Answer {
  readonly plan_code: string | null;
  readonly complete: boolean;
  readonly to: string;
  readonly totals: Amounts & Readonly<Record<'customers' | 'winners' | 'losers' | 'unchanged' | 'skipped', number>>;
  readonly data: readonly (Amounts & {
    readonly customer_external_id: string;
    readonly outcome: string;
    readonly subscriptions: readonly (Amounts & {
      readonly subscription_id: string;
      readonly periods: number;
      readonly skipped: string | null;
      readonly lines: readonly { metric: string | null; name: string; current_amount: string | null; proposed_amount: string | null }[];
    })[];
  })[];
  readonly next_cursor: string | null;
}

describe('POST /platform/v1/simulations', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let key: string;
  const planCodes: Record<string, string> = {};

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('calls');
    await world.addMeter('bytes', { aggregation: 'sum', valueProperty: '$.bytes' });
    const calls = { baseAmount: '10', charges: [{ metric: 'calls' }] };
    const customers: Record<string, Parameters<UsageWorld['subscribe']>[0]> = {
      light: { customerId: '', ...calls },
      heavy: { customerId: '', ...calls },
      even: { customerId: '', ...calls },
      mover: { customerId: '', ...calls },
      euro: { customerId: '', ...calls, currency: 'EUR' },
      yearly: { customerId: '', ...calls, interval: 'yearly', startedAt: '2026-09-05T00:00:00Z' },
      late: { customerId: '', ...calls, startedAt: '2026-11-05T00:00:00Z' },
    };
    for (const [name, options] of Object.entries(customers)) {
      const id = await world.subscribe({ ...options, customerId: await world.addCustomer(name) });
      planCodes[name] = await planCodeOf(id);
      if (name === 'mover') await moveTo(id, await dearerPlan(), '2026-10-16T12:00:00Z');
    }
    const used = { light: 5, heavy: 100, even: 40, mover: 1, somebody: 1, euro: 7, yearly: 7, late: 3 };
    await world.use(
      Object.entries(used).flatMap(([subject, count]) =>
        ['2026-09-10T00:00:00Z', '2026-10-10T00:00:00Z', '2026-11-10T00:00:00Z'].flatMap((time) =>
          Array.from({ length: count }, () => ({ subject, time, data: { bytes: 2 } })),
        ),
      ),
    );
    key = await addApiKey(world.owner, world.organizationId, { scopes: ['catalogue:read', 'usage:read'] });
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

  const planCodeOf = async (subscriptionId: string): Promise<string> => {
    const rows: { code: string }[] = await world.owner.query(
      'SELECT p.code FROM subscription s JOIN plan_version v ON v.id = s.plan_version_id JOIN plan p ON p.id = v.plan_id WHERE s.id = $1',
      [subscriptionId],
    );
    return rows[0]!.code;
  };
  /** The id of a version of a plan like the others', at twice the base amount. */
  const dearerPlan = async (): Promise<string> => {
    const id = await world.subscribe({
      customerId: await world.addCustomer('somebody'),
      baseAmount: '20',
      charges: [{ metric: 'calls' }],
      startedAt: '2026-11-10T00:00:00Z',
    });
    const rows: { plan_version_id: string }[] = await world.owner.query('SELECT plan_version_id FROM subscription WHERE id = $1', [id]);
    return rows[0]!.plan_version_id;
  };
  const moveTo = (subscriptionId: string, planVersionId: string, startsAt: string): Promise<unknown> =>
    world.owner.query(
      `INSERT INTO subscription_phase (subscription_id, starts_at, organization_id, plan_version_id, requested_by) VALUES ($1, $2, $3, $4, 'test')`,
      [subscriptionId, startsAt, world.organizationId, planVersionId],
    );
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/platform/v1/simulations',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      payload: JSON.stringify(body),
    });
  const simulate = async (body: unknown): Promise<Answer> => {
    const response = await post(body);
    expect([response.statusCode, response.statusCode === 200 ? '' : response.payload]).toEqual([200, '']);
    return response.json<Answer>();
  };
  const shown = ({ data }: Answer): string[] =>
    data.map((one) => `${one.customer_external_id} ${one.current_amount} → ${one.proposed_amount} ${one.outcome}`).sort();

  it('prices what customers used under a draft and under their own plans', async () => {
    const answer = await simulate({ terms: TERMS, ...AUTUMN });
    expect(shown(answer)).toEqual([
      'euro 0 → 0 skipped',
      'even 100 → 100 unchanged',
      'heavy 220 → 160 winner',
      'light 30 → 65 loser',
      'mover 27 → 61 loser',
      'yearly 0 → 0 skipped',
    ]);
    expect(answer).toMatchObject({
      plan_code: null,
      complete: true,
      totals: {
        customers: 6,
        winners: 1,
        losers: 2,
        unchanged: 1,
        skipped: 2,
        current_amount: '377',
        proposed_amount: '386',
        difference: '9',
      },
      next_cursor: null,
    });
    const skipped = answer.data.flatMap((one) => one.subscriptions).map((one) => `${one.periods} ${one.skipped}`);
    expect(skipped.sort()).toEqual(['1 other_interval', '2 null', '2 null', '2 null', '2 null', '2 other_currency']);
  });

  it('agrees with the statements: under a subscription’s own plan nothing changes, and what is current is what it owes', async () => {
    const answer = await simulate({ plan: { code: planCodes['heavy'] }, from: '2026-09-01T00:00:00Z' });
    const statements: { id: string; total: string }[] = await world.owner.query(
      `SELECT subscription_id AS id, sum(total)::text AS total FROM statement WHERE organization_id = $1 AND period_from >= '2026-09-01' GROUP BY 1`,
      [world.organizationId],
    );
    const owed = new Map(statements.map(({ id, total }) => [id, total]));
    const priced = answer.data.flatMap((one) => one.subscriptions).filter(({ skipped }) => skipped === null);
    expect(priced.map((one) => one.current_amount)).toEqual(priced.map((one) => formatDecimal(decimal(owed.get(one.subscription_id)!))));
    expect(shown(answer)).toContain('heavy 330 → 330 unchanged');
    expect(answer.to).toBe(NOW.toISOString());
  });

  it('shows which lines make the difference, those of one list alone too', async () => {
    const bytes = { ...CALLS, metric: 'bytes', name: 'Bytes', meter_code: 'bytes' };
    const { data } = await simulate({ terms: { ...TERMS, charges: [bytes] }, ...AUTUMN, customers: ['light'] });
    expect(data[0]!.subscriptions[0]!.lines).toEqual([
      { metric: 'calls', name: 'calls', current_amount: '10', proposed_amount: null },
      { metric: 'bytes', name: 'Bytes', current_amount: null, proposed_amount: '10' },
      { metric: null, name: 'Base amount', current_amount: '20', proposed_amount: '60' },
      { metric: null, name: 'Minimum commitment', current_amount: '0', proposed_amount: '0' },
    ]);
  });

  it('has lines that add up to the amounts, base amount and minimum commitment included', async () => {
    const { data } = await simulate({ terms: { ...TERMS, minimum_commitment: '50' }, ...AUTUMN });
    const subscriptions = data.flatMap((one) => one.subscriptions);
    for (const one of subscriptions)
      for (const side of ['current_amount', 'proposed_amount'] as const)
        expect(formatDecimal(sumDecimals(one.lines.map((line) => decimal(line[side] ?? '0'))))).toBe(one[side]);
    const commitments = subscriptions.flatMap(({ lines }) => lines.filter(({ name }) => name === 'Minimum commitment'));
    expect(commitments.map((line) => line.proposed_amount).sort()).toEqual(['0', '0', '35', '39']);
  });

  it('looks at the subscriptions of one plan alone, or at some customers', async () => {
    expect(shown(await simulate({ terms: TERMS, ...AUTUMN, current_plan: planCodes['light'] }))).toEqual(['light 30 → 65 loser']);
    expect(shown(await simulate({ terms: TERMS, ...AUTUMN, customers: ['even', 'light'] }))).toHaveLength(2);
  });

  it('goes on where an answer ended, and writes CSV', async () => {
    const all = shown(await simulate({ terms: TERMS, ...AUTUMN }));
    const seen: string[] = [];
    for (let cursor: string | null | undefined = undefined; cursor !== null;) {
      const page: Answer = await simulate({ terms: TERMS, ...AUTUMN, limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...shown(page));
      cursor = page.next_cursor;
    }
    expect(seen.sort()).toEqual(all);
    const csv = await post({ terms: TERMS, ...AUTUMN, customers: ['light'] }, { accept: 'text/csv' });
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(csv.payload.split('\r\n').map((line) => line.replace(/^[0-9a-f-]{36}/, 'id'))).toEqual([
      'customer_id,customer,name,outcome,currency,current_amount,proposed_amount,difference,subscriptions',
      'id,light,light,loser,USD,30,65,35,1',
      '',
    ]);
  });

  it.each([
    ['neither plan nor terms', { ...AUTUMN }, 400, ['/plan']],
    ['both plan and terms', { ...AUTUMN, plan: { code: 'pro' }, terms: TERMS }, 400, ['/plan']],
    ['an unknown plan', { ...AUTUMN, plan: { code: 'pro' } }, 404, []],
    ['an unknown customer', { ...AUTUMN, terms: TERMS, customers: ['nobody'] }, 404, []],
    ['a window in the future', { from: '2026-12-01T00:00:00Z', terms: TERMS }, 400, ['/from']],
    ['a base amount finer than the currency', { ...AUTUMN, terms: { ...TERMS, base_amount: '1.005' } }, 400, ['/terms/base_amount']],
    [
      'a charge of no meter',
      { ...AUTUMN, terms: { ...TERMS, charges: [{ ...CALLS, meter_code: 'cals' }] } },
      422,
      ['/terms/charges/0/meter_code'],
    ],
    [
      'a price of another form',
      { ...AUTUMN, terms: { ...TERMS, charges: [{ ...CALLS, price: { model: 'standard' } }] } },
      400,
      ['/terms/charges/0/price/unit_amount'],
    ],
  ])('refuses %s', async (_name, body, status, pointers) => {
    const response = await post(body);
    const errors = response.json<{ errors?: { pointer: string }[] }>().errors ?? [];
    expect([response.statusCode, errors.map(({ pointer }) => pointer)]).toEqual([status, pointers]);
  });

  it('is no business of a customer', async () => {
    const rows: { id: string }[] = await world.owner.query(`SELECT id FROM customer WHERE external_id = 'light'`);
    const own = await addApiKey(world.owner, world.organizationId, { customerId: rows[0]!.id, scopes: ['catalogue:read', 'usage:read'] });
    expect((await post({ terms: TERMS, ...AUTUMN }, { authorization: `Bearer ${own}` })).statusCode).toBe(403);
  });

  it(
    'prices a thousand customers in one answer',
    async () => {
      const many = await UsageWorld.create(database, NOW);
      for (const metric of ['calls', 'bytes'])
        await many.addMeter(metric, metric === 'bytes' ? { aggregation: 'sum', valueProperty: '$.bytes' } : {});
      const template = await many.subscribe({
        customerId: await many.addCustomer('customer-0'),
        baseAmount: '10',
        charges: [{ metric: 'calls' }, { metric: 'bytes', includedUnits: '100' }],
      });
      await multiply(many, template);
      await many.use(
        Array.from({ length: CUSTOMERS }, (_, index) => index).flatMap((index) =>
          ['2026-09-10T00:00:00Z', '2026-10-10T00:00:00Z', '2026-11-10T00:00:00Z'].map((time) => ({
            subject: `customer-${index}`,
            time,
            data: { bytes: index },
          })),
        ),
      );
      key = await addApiKey(many.owner, many.organizationId, { scopes: ['catalogue:read', 'usage:read'] });
      const bytes = { ...CALLS, metric: 'bytes', meter_code: 'bytes' };
      const [startedMs, startedCpu] = [performance.now(), process.cpuUsage()];
      const answer = await simulate({ terms: { ...TERMS, charges: [CALLS, bytes] }, from: '2026-09-01T00:00:00Z' });
      const { user, system } = process.cpuUsage(startedCpu);
      const tookMs = Math.round(performance.now() - startedMs);
      process.stdout.write(
        `simulated ${CUSTOMERS} customers, 3 periods each, in ${tookMs} ms, ${Math.round((user + system) / 1_000)} ms of CPU in the service\n`,
      );
      expect(answer.totals.customers).toBe(CUSTOMERS);
      const overages = Array.from({ length: CUSTOMERS }, (_, index) => decimal(String(Math.max(index - 100, 0))));
      // A period: base, a call, and bytes beyond 100 at 1; under the draft base, a call at 0.5 and all bytes at 0.5.
      expect(answer.totals.current_amount).toBe(formatDecimal(sumDecimals(overages).plus(decimal('11000')).times(decimal('3'))));
      expect(answer.totals.proposed_amount).toBe(
        formatDecimal(decimal('499500').times(decimal('0.5')).plus(decimal('30500')).times(decimal('3'))),
      );
    },
    MANY_TIMEOUT_MS,
  );

  /** Gives an organization customers like its first one. */
  async function multiply(many: UsageWorld, template: string): Promise<void> {
    const numbers = Array.from({ length: CUSTOMERS - 1 }, (_, index) => index + 1);
    const [customerIds, subscriptionIds] = [numbers.map(() => newId(NOW)), numbers.map(() => newId(NOW))];
    const names = numbers.map((number) => `customer-${number}`);
    const organizationId = many.organizationId;
    await many.owner.query(
      'INSERT INTO customer (id, organization_id, external_id, name) SELECT id, $3, name, name FROM unnest($1::uuid[], $2::text[]) AS c (id, name)',
      [customerIds, names, organizationId],
    );
    await many.owner.query(
      'INSERT INTO customer_subject (organization_id, subject, customer_id) SELECT $3, name, id FROM unnest($1::uuid[], $2::text[]) AS c (id, name)',
      [customerIds, names, organizationId],
    );
    await many.owner.query(
      `INSERT INTO subscription (id, organization_id, external_id, customer_id, plan_version_id, billing_time, time_zone, started_at)
       SELECT c.id, s.organization_id, c.name, c.customer_id, s.plan_version_id, s.billing_time, s.time_zone, s.started_at
       FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS c (id, customer_id, name), subscription s WHERE s.id = $4`,
      [subscriptionIds, customerIds, names, template],
    );
  }
});
