import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type DataSource, listenForNotifications, performCorrection } from '@tallymark/persistence';
import { parseConfig } from '@tallymark/service-kit';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { usageApiConfig } from '../src/config.js';
import { createApp } from '../src/create-app.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const PATH = '/platform/v1/corrections';

interface Answer {
  readonly status: number;
  readonly location: unknown;
  readonly contentType: unknown;
  readonly body: Record<string, unknown> & { id: string; errors?: { pointer: string; code: string; message: string }[] };
}

describe('corrections', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let calc: DataSource;
  let listener: { close(): Promise<void> };
  let isAway = false;
  let work = Promise.resolve();
  let key: string;

  /** What billing-calc does with them. */
  const perform = (): void => {
    work = work.then(async () => {
      while (!isAway && (await performCorrection(calc, () => NOW)) !== null);
    });
  };

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    calc = await database.connect('calc');
    listener = listenForNotifications(database.calcUrl, ['tallymark_correction'], perform);
    app = await createApp(
      parseConfig(usageApiConfig, {
        PORT: '0',
        DATABASE_URL: database.apiUrl,
        TOKEN_SECRET: 's'.repeat(32),
        OPERATOR_TOKEN: 'o'.repeat(32),
        LOG_LEVEL: 'silent',
      }),
      { clock: () => NOW },
    );
  }, 60_000);
  afterAll(async () => {
    await listener.close();
    await work;
    await app.close();
    await database.stop();
  });

  beforeEach(async () => {
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('bytes', { aggregation: 'sum', valueProperty: '$.bytes' });
    await world.subscribe({
      customerId: await world.addCustomer('acme'),
      charges: [{ metric: 'bytes', price: { model: 'standard', unitAmount: '0.01' } }],
    });
    key = await addApiKey(world.owner, world.organizationId, { scopes: ['corrections:write', 'events:read', 'usage:read'] });
    await world.use([{ id: 'a', subject: 'acme', time: '2026-11-20T10:00:00Z', data: { bytes: 100 } }]);
  });

  const call = async (
    method: 'GET' | 'POST',
    url: string,
    body?: object | string,
    headers: Record<string, string> = {},
    token = key,
  ): Promise<Answer> => {
    const response = await app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return {
      status: response.statusCode,
      location: response.headers['location'],
      contentType: response.headers['content-type'],
      body: response.json(),
    };
  };
  const NAME = { subject: 'acme', source: '/test', id: 'a' };
  const DAY = { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' };
  const backfill = (events: object[], more: object = {}): object => ({
    kind: 'backfill',
    window: DAY,
    subjects: ['acme'],
    events,
    reason: 'the gateway was wrong',
    ...more,
  });
  const given = (id: string, more: object = {}): object => ({
    id,
    source: '/test',
    type: 'api.request',
    subject: 'acme',
    time: '2026-11-20T11:00:00Z',
    data: { bytes: 1 },
    ...more,
  });
  const used = async (): Promise<string> => {
    const [row]: { sum: string }[] = await world.owner.query(
      'SELECT coalesce(sum(sum), 0)::text AS sum FROM usage_bucket WHERE organization_id = $1',
      [world.organizationId],
    );
    return row!.sum;
  };

  it('amends an event, with who, when, why and what it changes', async () => {
    const answer = await call('POST', PATH, {
      kind: 'amend',
      event: NAME,
      replacement: { data: { bytes: 30 } },
      reason: 'it counted bits',
    });
    expect(answer.status).toBe(201);
    expect(answer.location).toBe(`${PATH}/${answer.body.id}`);
    expect(answer.body).toMatchObject({
      kind: 'amend',
      status: 'applied',
      pending_task: null,
      reason: 'it counted bits',
      request: { event: NAME, replacement: { data: { bytes: 30 } } },
      requested_by: { name: expect.any(String), id: expect.any(String) },
      created_at: NOW.toISOString(),
      applied_at: NOW.toISOString(),
      voided_events: 1,
      added_events: 1,
      failure: null,
      impact: {
        complete: true,
        statements: [
          {
            period_from: '2026-11-01T00:00:00.000Z',
            period_to: '2026-12-01T00:00:00.000Z',
            closed: false,
            currency: 'USD',
            total_before: '1',
            total_after: '0.3',
            metrics: [{ metric: 'bytes', units_before: '100', units_after: '30', amount_before: '1', amount_after: '0.3' }],
          },
        ],
      },
    });
    expect(answer.body['applied_by']).toEqual(answer.body['requested_by']);
    expect((await call('GET', `${PATH}/${answer.body.id}`)).body).toEqual(answer.body);
    const { body: listed } = await call('GET', `${PATH}?status=applied`);
    expect(listed).toMatchObject({ data: [{ id: answer.body.id, request: { event: NAME } }], next_cursor: null });
    expect(await used()).toBe('30');
  });

  it('shows in the list of events which are out and which were added, by which correction', async () => {
    const { body } = await call('POST', PATH, { kind: 'amend', event: NAME, replacement: { data: { bytes: 30 } }, reason: 'wrong' });
    const events = (await call('GET', '/platform/v1/events?id=a')).body['data'] as Record<string, unknown>[];
    expect(events.map(({ data, voided_by, added_by, meters }) => ({ data, voided_by, added_by, meters }))).toEqual(
      expect.arrayContaining([
        { data: { bytes: 30 }, voided_by: null, added_by: body.id, meters: ['bytes'] },
        { data: { bytes: 100 }, voided_by: body.id, added_by: null, meters: [] },
      ]),
    );
  });

  it('tries, applies, reverts; each as often as one likes', async () => {
    const tried = await call('POST', PATH, backfill([given('b')], { dry_run: true, external_id: 'fix-1' }));
    expect([tried.status, tried.body['status'], tried.body['voided_events'], tried.body['added_events']]).toEqual([201, 'proposed', 1, 1]);
    expect(tried.body['impact']).toMatchObject({ statements: [{ total_before: '1', total_after: '0.01' }] });
    expect(await used()).toBe('100');
    for (const _ of [1, 2]) {
      const applied = await call('POST', `${PATH}/fix-1/apply`);
      expect([applied.status, applied.body['status']]).toEqual([200, 'applied']);
      expect(await used()).toBe('1');
    }
    for (const _ of [1, 2]) {
      const reverted = await call('POST', `${PATH}/${tried.body.id}/revert`, { reason: 'the gateway was right' });
      expect([reverted.status, reverted.body['status'], reverted.body['revert_reason']]).toEqual([
        200,
        'reverted',
        'the gateway was right',
      ]);
      expect(reverted.body['reverted_by']).toEqual(tried.body['requested_by']);
      expect(await used()).toBe('100');
    }
    const again = await call('POST', `${PATH}/fix-1/apply`);
    expect([again.status, again.body.errors?.[0]?.code]).toEqual([409, 'wrong_status']);
  });

  it('is made once when it is asked for twice under one external id', async () => {
    const body = backfill([given('b')], { external_id: 'fix-2' });
    const [first, second] = await Promise.all([call('POST', PATH, body), call('POST', PATH, body)]);
    expect([first.status, second.status].sort()).toEqual([200, 201]);
    expect(second.body.id).toBe(first.body.id);
    const other = await call('POST', PATH, { ...body, reason: 'another' });
    expect([other.status, other.body.errors?.[0]]).toMatchObject([409, { pointer: '/external_id', code: 'differs' }]);
  });

  it('names the later correction that stands in the way', async () => {
    const first = await call('POST', PATH, { kind: 'amend', event: NAME, replacement: { data: { bytes: 2 } }, reason: 'one' });
    const second = await call('POST', PATH, { kind: 'void', event: NAME, reason: 'two' });
    const refused = await call('POST', `${PATH}/${first.body.id}/revert`, { reason: 'no' });
    expect([refused.status, refused.contentType]).toEqual([409, 'application/problem+json']);
    expect(refused.body).toMatchObject({
      code: 'conflict',
      detail: expect.stringContaining(second.body.id),
      errors: [{ code: 'corrected_since' }],
    });
    const twice = await call('POST', PATH, { kind: 'void', event: NAME, reason: 'again' });
    expect([twice.status, twice.body.errors?.[0]?.code]).toEqual([409, 'event_voided']);
    expect(twice.body['detail']).toContain(second.body.id);
    const { body } = await call('GET', `${PATH}?status=failed`);
    expect(body['data']).toMatchObject([{ failure: { code: 'event_voided', correction_id: second.body.id } }]);
  });

  it('keeps every digit', async () => {
    const digits = '12345678901234567890.12345678901234567891';
    const body = JSON.stringify(backfill([given('d', { data: { bytes: 7.5 } })])).replace('7.5', digits);
    expect((await call('POST', PATH, body)).status).toBe(201);
    expect(await used()).toBe(digits);
  });

  it('answers 202 when the work takes longer than one waits', async () => {
    isAway = true;
    const answer = await call('POST', PATH, { kind: 'void', event: NAME, reason: 'later' }, { prefer: 'wait=0' });
    expect([answer.status, answer.location]).toEqual([202, `${PATH}/${answer.body.id}`]);
    expect(answer.body).toMatchObject({ status: 'pending', pending_task: 'apply', impact: null });
    const early = await call('POST', `${PATH}/${answer.body.id}/revert`, { reason: 'no' }, { prefer: 'respond-async' });
    expect([early.status, early.body['pending_task']]).toEqual([202, 'apply']);
    isAway = false;
    perform();
    await work;
    expect((await call('GET', `${PATH}/${answer.body.id}`)).body).toMatchObject({ status: 'applied', pending_task: null });
  });

  it('takes 10,000 events, and no more', async () => {
    const events = Array.from({ length: 10_000 }, (_, index) => given(`n${index}`));
    const answer = await call('POST', PATH, backfill(events));
    expect([answer.status, answer.body['added_events'], answer.body['voided_events']]).toEqual([201, 10_000, 1]);
    expect(await used()).toBe('10000');
    const more = await call('POST', PATH, backfill([...events, given('one-more')]));
    expect([more.status, more.body.errors?.[0]?.pointer]).toEqual([400, '/events']);
    const { body: listed } = await call('GET', PATH);
    expect(JSON.stringify(listed)).not.toContain('n9999');
    const { body: one } = await call('GET', `${PATH}/${answer.body.id}`);
    expect((one['request'] as { events: unknown[] }).events).toHaveLength(10_000);
  }, 60_000);

  it('takes 5 megabytes, and no more', async () => {
    const answer = await call('POST', PATH, backfill([given('a', { data: { bytes: 1, text: 'x'.repeat(5_000_000) } })]));
    expect([answer.status, answer.body['code']]).toEqual([413, 'payload_too_large']);
  });

  it.each<[string, object, number, string, string]>([
    ['no reason', { kind: 'void', event: NAME }, 400, '/reason', 'invalid_type'],
    ['a kind that is none', { kind: 'delete', event: NAME, reason: 'r' }, 400, '/kind', 'invalid_union'],
    ['an amendment of nothing', { kind: 'amend', event: NAME, replacement: {}, reason: 'r' }, 400, '/replacement', 'custom'],
    ['a window that ends before it begins', backfill([], { window: { from: DAY.to, to: DAY.from } }), 400, '/window', 'custom'],
    ['no scope', backfill([], { subjects: undefined }), 422, '/subjects', 'required'],
    ['an event without a time', backfill([given('x', { time: null })]), 422, '/events/0/time', 'required'],
    ['an event after the window', backfill([given('x', { time: '2026-11-21T00:00:00Z' })]), 422, '/events/0/time', 'out_of_scope'],
    ['an event of another subject', backfill([given('x', { subject: 'b' })]), 422, '/events/0/subject', 'out_of_scope'],
    ['an event of another type', backfill([given('x')], { types: ['t'] }), 422, '/events/0/type', 'out_of_scope'],
    ['an event twice', backfill([given('x'), given('x')]), 422, '/events/1/id', 'repeated'],
    ['an event with a control character', backfill([given('x\u0007')]), 422, '/events/0/id', 'invalid_characters'],
    ['data that are no object', backfill([given('x', { data: [1] })]), 422, '/events/0/data', 'invalid_type'],
    ['data with a NUL', backfill([given('x', { data: { text: '\0' } })]), 422, '/events/0/data/text', 'nul_character'],
    [
      'data with a secret',
      backfill([given('x', { data: { headers: { authorization: 'Bearer abcdefghijklmnop' } } })]),
      422,
      '/events/0/data',
      'holds_secret',
    ],
    [
      'an amendment that brings a secret',
      { kind: 'amend', event: NAME, replacement: { data: { headers: { authorization: 'Bearer abcdefghijklmnop' } } }, reason: 'r' },
      422,
      '/replacement/data',
      'holds_secret',
    ],
    [
      'a time before the kept history',
      { kind: 'amend', event: NAME, replacement: { time: '2020-01-01T00:00:00Z' }, reason: 'r' },
      422,
      '/replacement/time',
      'event_time_too_old',
    ],
    [
      'a time that has not come',
      { kind: 'amend', event: NAME, replacement: { time: '2026-11-22T00:00:00Z' }, reason: 'r' },
      422,
      '/replacement/time',
      'event_time_in_future',
    ],
    ['an event that is not kept', { kind: 'void', event: { ...NAME, id: 'nobody' }, reason: 'r' }, 422, '', 'event_not_found'],
  ])('refuses %s', async (_, body, status, pointer, code) => {
    const answer = await call('POST', PATH, body);
    expect([answer.status, answer.contentType]).toEqual([status, 'application/problem+json']);
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer, code }));
    expect(await used()).toBe('100');
  });

  it('refuses a number that no database can hold', async () => {
    const body = JSON.stringify(backfill([given('x', { data: { bytes: 7.5 } })])).replace('7.5', '1e400');
    const answer = await call('POST', PATH, body);
    expect([answer.status, answer.body.errors?.[0]?.code]).toEqual([422, 'number_out_of_range']);
  });

  it('wants the scope, and a credential of the organization', async () => {
    const reader = await addApiKey(world.owner, world.organizationId, { scopes: ['events:read', 'events:write'] });
    expect((await call('POST', PATH, { kind: 'void', event: NAME, reason: 'r' }, {}, reader)).status).toBe(403);
    expect((await call('GET', PATH, undefined, {}, reader)).status).toBe(200);
    const stranger = await UsageWorld.create(database, NOW);
    const theirs = await addApiKey(world.owner, stranger.organizationId, { scopes: ['corrections:write', 'events:read'] });
    const mine = await call('POST', PATH, { kind: 'void', event: NAME, reason: 'r' });
    expect((await call('GET', `${PATH}/${mine.body.id}`, undefined, {}, theirs)).status).toBe(404);
    expect((await call('POST', `${PATH}/${mine.body.id}/revert`, { reason: 'r' }, {}, theirs)).status).toBe(404);
    expect((await call('POST', PATH, { kind: 'void', event: NAME, reason: 'r' }, {}, theirs)).status).toBe(422);
  });
});
