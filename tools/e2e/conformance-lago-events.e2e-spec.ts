import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { Client, getLagoError } from 'lago-javascript-client';
import { waitUntilUsed } from './billing-usage.js';
import { COUNTED } from './counted-plan.js';
import { type TestOrganization, createOrganization } from './organization.js';
import { type Platform, startPlatform } from './platform.js';

/** Events as Lago's own client sends them, through the gateway. */
describe('the official client lago-javascript-client sends events', () => {
  let database: TestDatabase;
  let platform: Platform;
  let organization: TestOrganization;

  beforeAll(async () => {
    database = await startTestDatabase();
    platform = await startPlatform({ database });
    organization = await createOrganization(platform, COUNTED);
  }, 120_000);
  afterAll(async () => {
    await platform?.stop();
    await database?.stop();
  }, 60_000);

  const client = (key: string): ReturnType<typeof Client> => Client(key, { baseUrl: `${platform.baseUrl}/api/v1` });
  const event = (transactionId: string, amount: string) => ({
    transaction_id: transactionId,
    external_subscription_id: organization.subject,
    code: 'api.request',
    timestamp: String(Math.floor(Date.now() / 1_000)),
    properties: { amount },
  });
  const errorOf = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => null,
      (reason: unknown) => getLagoError(reason as Error),
    );
  const invalid = (details: object): object => ({
    status: 422,
    error: 'Unprocessable Entity',
    code: 'validation_errors',
    error_details: details,
  });
  const duplicate = { transaction_id: ['value_already_exist'] };

  it('one, and a batch; each is counted once, however often it is sent', async () => {
    const { events } = client(organization.apiKey);
    const { data } = await events.createEvent({ event: event('one', '2') });
    expect(data.event).toMatchObject({
      transaction_id: 'one',
      external_subscription_id: organization.subject,
      code: 'api.request',
      properties: { amount: '2' },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
    });
    const batch = await events.createBatchEvents({ events: [event('two', '3'), event('three', '4')] });
    expect(batch.data).toMatchObject({ events: [{ transaction_id: 'two' }, { transaction_id: 'three' }] });

    expect(await errorOf(events.createEvent({ event: event('one', '2') }))).toEqual(invalid(duplicate));
    expect(await errorOf(events.createBatchEvents({ events: [event('four', '5'), event('two', '3')] }))).toEqual(
      invalid({ '1': duplicate }),
    );
    await waitUntilUsed(platform, organization, { metric: 'amount', used: 14 });
    await waitUntilUsed(platform, organization, { metric: 'apiCalls', used: 4 });
  });

  it.each<[string, () => Promise<unknown>, object]>([
    [
      'an unknown key',
      () => client('unknown').events.createEvent({ event: event('refused', '1') }),
      { status: 401, error: 'Unauthorized' },
    ],
    [
      'an unknown key, for a batch',
      () => client('unknown').events.createBatchEvents({ events: [event('refused', '1')] }),
      { status: 401, error: 'Unauthorized' },
    ],
    [
      'a customer’s key',
      () => client(organization.customerToken).events.createEvent({ event: event('refused', '1') }),
      { status: 403, error: 'Forbidden', code: 'write_action_not_allowed_for_event' },
    ],
    [
      'an event without a code',
      () => client(organization.apiKey).events.createEvent({ event: { ...event('refused', '1'), code: '' } }),
      invalid({ code: ['value_is_mandatory'] }),
    ],
    ['no events', () => client(organization.apiKey).events.createBatchEvents({ events: [] }), invalid({ events: ['no_events'] })],
  ])('and reads the error for %s', async (_name, call, error) => {
    expect(await errorOf(call())).toEqual(error);
  });

  it('and reads that there are none to list', async () => {
    expect(await errorOf(client(organization.apiKey).events.findEvent('one'))).toEqual({
      status: 404,
      error: 'Not Found',
      code: 'resource_not_found',
    });
  });
});
