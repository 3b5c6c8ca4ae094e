import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { UsageWorld } from '@tallymark/testing';
import { type CatalogueApp, NOW, START_TIMEOUT_MS, startCatalogueApp } from './support/catalogue-app.js';

let catalogue: CatalogueApp;
let token: string;

const post = async (path: string, body: object): Promise<void> => {
  const answer = await catalogue.call('POST', `/platform/v1/${path}`, { token, body });
  expect([path, answer.status, answer.body['errors'] ?? null]).toEqual([path, 201, null]);
};

/** Only what the charge is divided by differs. */
const charge = (metric: string, meterCode: string, price: object, more: object = {}): object => ({
  metric,
  name: metric,
  meter_code: meterCode,
  unit: 'units',
  price,
  ...more,
});

beforeAll(async () => {
  catalogue = await startCatalogueApp();
  const organization = await catalogue.addOrganization('divided');
  token = organization.key;
  const payments = { name: 'Payments', unit: 'USD', event_type: 'payment', aggregation: 'sum', value_property: '$.amount' };
  await post('meters', { ...payments, code: 'payments', amount_property: '$.cost', group_by: { region: '$.region', method: '$.method' } });
  await post('meters', {
    code: 'seats',
    name: 'Seats',
    unit: 'seats',
    event_type: 'seat',
    aggregation: 'sum',
    value_property: '$.change',
    recurring: true,
  });
  await post('plans', {
    code: 'divided',
    name: 'Divided',
    currency: 'USD',
    interval: 'monthly',
    base_amount: '30',
    minimum_commitment: '200',
    trial_days: 5,
    charges: [
      charge('fees', 'payments', { model: 'percentage', rate: '2', fixed_amount: '0.3', free_transactions: 1, max_per_transaction: '5' }),
      charge('resold', 'payments', { model: 'dynamic' }),
      charge(
        'regional',
        'payments',
        { model: 'standard', unit_amount: '0.01' },
        {
          filters: [
            { name: 'Europe', values: { region: ['eu', 'uk'] }, price: { model: 'standard', unit_amount: '0.02' } },
            {
              name: 'European cards',
              values: { region: ['eu', 'uk'], method: ['card'] },
              included_units: '50',
              price: { model: 'standard', unit_amount: '0.1' },
            },
          ],
        },
      ),
      charge('by_method', 'payments', { model: 'package', package_size: '100', package_amount: '1' }, { pricing_groups: ['method'] }),
      charge('seats', 'seats', { model: 'standard', unit_amount: '12' }),
    ],
  });
  await post('customers', { external_id: 'acme', name: 'Acme' });
  await post('subscriptions', { external_id: 'acme', customer_id: 'acme', plan_code: 'divided', started_at: '2026-11-11T00:00:00Z' });
  const world = await UsageWorld.create(catalogue.database, NOW, organization.id);
  const payment = (time: string, data: object) => ({ subject: 'acme', type: 'payment', time, data });
  await world.use([
    payment('2026-11-12T00:00:00Z', { amount: '250', cost: '1.25', region: 'us', method: 'card' }),
    payment('2026-11-13T00:00:00Z', { amount: '100', cost: '0.333', region: 'eu', method: 'card' }),
    payment('2026-11-14T00:00:00Z', { amount: '400.5', cost: '2', region: 'uk', method: 'bank' }),
    payment('2026-11-15T00:00:00Z', { amount: '10', region: 'uk' }),
    { subject: 'acme', type: 'seat', time: '2026-11-12T00:00:00Z', data: { change: 3 } },
    { subject: 'acme', type: 'seat', time: '2026-11-13T00:00:00Z', data: { change: -1 } },
  ]);
}, START_TIMEOUT_MS);
afterAll(async () => catalogue.stop());

interface StatementText {
  readonly base: string;
  readonly overage_amount: string;
  readonly commitment_true_up: string;
  readonly total: string;
  readonly lines: readonly {
    readonly metric: string;
    readonly amount: string;
    readonly details: readonly Readonly<
      Record<'description' | 'quantity' | 'amount', string> & { dimensions: Record<string, string | null> }
    >[];
  }[];
}

it('a price list with every kind of division is written down, and its statement explained, through the API alone', async () => {
  const answer = await catalogue.call('GET', '/platform/v1/subscriptions/acme/statement', { token });
  expect(answer.status).toBe(200);
  const { base, overage_amount, commitment_true_up, total, lines } = answer.body as unknown as StatementText;
  const explained = lines.map(({ metric, amount, details }) => [
    `${metric} = ${amount}`,
    ...details.map((detail) => `${detail.description} ${JSON.stringify(detail.dimensions)}: ${detail.quantity} = ${detail.amount}`),
  ]);
  expect({ base, overage_amount, commitment_true_up, total, explained }).toEqual({
    // Owed from the sixth day on, 15 of 30 days; the commitment likewise.
    base: '15',
    overage_amount: '53.09',
    commitment_true_up: '31.91',
    total: '100',
    explained: [
      [
        'fees = 7.8',
        'free amount {}: 250 = 0',
        '2 % of the amount {}: 510.5 = 10.21',
        'fixed amount per transaction {}: 3 = 0.9',
        'maximum per transaction {}: 0 = -3.31',
      ],
      ['resold = 3.58', 'amounts of the events {}: 760.5 = 3.583'],
      ['regional = 15.71', 'Europe: units {}: 410.5 = 8.21', 'European cards: units {"method":"card"}: 50 = 5', 'units {}: 250 = 2.5'],
      [
        'by_method = 10',
        'packages of 100 {"method":"bank"}: 5 = 5',
        'packages of 100 {"method":"card"}: 4 = 4',
        'packages of 100 {"method":null}: 1 = 1',
      ],
      ['seats = 16', 'units {}: 2 = 24', 'share of the billing period: 1728000 of 2592000 seconds {}: 0 = -8'],
    ],
  });
});
