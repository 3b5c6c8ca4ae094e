import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type IngestApp, startIngestApp } from './support/ingest-app.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const QUEUE_EVENTS = 1_000;
const BATCH = 250;
/** Three times what may wait. */
const BATCHES = 12;
const FITTING = QUEUE_EVENTS / BATCH;

describe('POST /platform/v1/events while nothing can be committed', () => {
  let ingest: IngestApp;

  beforeAll(async () => {
    ingest = await startIngestApp(NOW, { INGEST_QUEUE_EVENTS: String(QUEUE_EVENTS) });
  });
  afterAll(() => ingest.stop());

  const batchOf = (batch: number): string =>
    JSON.stringify(
      Array.from({ length: BATCH }, (_, index) => ({
        specversion: '1.0',
        id: `${batch}-${index}`,
        source: '/t',
        type: 'api.request',
        subject: 'acme',
        data: { n: index },
      })),
    );

  const send = async (batch: number) => {
    const { statusCode, headers, body } = await ingest.app.inject({
      method: 'POST',
      url: '/platform/v1/events',
      headers: { authorization: `Bearer ${ingest.key}`, 'content-type': 'application/cloudevents-batch+json' },
      payload: batchOf(batch),
    });
    return { batch, statusCode, retryAfter: headers['retry-after'], body: JSON.parse(body) as { accepted?: number; code?: string } };
  };

  /** Keeps commits waiting for as long as the work goes on. */
  async function whileNothingCommits(work: () => Promise<void>): Promise<void> {
    await ingest.owner.transaction(async (manager) => {
      await manager.query('LOCK TABLE event, event_identity IN ACCESS EXCLUSIVE MODE');
      await work();
    });
  }

  async function storedBatches(): Promise<string[]> {
    const rows: { batch: number; events: number }[] = await ingest.owner.query(
      `SELECT split_part(event_id, '-', 1)::integer AS batch, count(*)::integer AS events FROM event GROUP BY batch ORDER BY batch`,
    );
    return rows.map(({ batch, events }) => `${batch}: ${events}`);
  }

  it('says 503 with Retry-After to what the queue has no room for, and keeps what it acknowledged and nothing else', async () => {
    const sent: ReturnType<typeof send>[] = [];
    await whileNothingCommits(async () => {
      const answered: Awaited<ReturnType<typeof send>>[] = [];
      await new Promise<void>((resolve, reject) => {
        for (let batch = 0; batch < BATCHES; batch += 1) sent.push(send(batch));
        for (const answer of sent)
          answer.then((one) => {
            if (answered.push(one) === BATCHES - FITTING) resolve();
          }, reject);
      });
      // None of those that wait is among them.
      expect(answered.map(({ statusCode, retryAfter, body }) => [statusCode, retryAfter, body.code])).toEqual(
        Array.from({ length: BATCHES - FITTING }, () => [503, '1', 'unavailable']),
      );
    });
    const answers = await Promise.all(sent);
    const accepted = answers.filter(({ statusCode }) => statusCode === 200);
    expect(accepted.map(({ body }) => body.accepted)).toEqual(Array.from({ length: FITTING }, () => BATCH));
    expect(await storedBatches()).toEqual(accepted.map(({ batch }) => `${batch}: ${BATCH}`));

    for (const { batch } of answers.filter(({ statusCode }) => statusCode === 503))
      expect(await send(batch)).toMatchObject({ statusCode: 200, body: { accepted: BATCH } });
    expect(await storedBatches()).toEqual(Array.from({ length: BATCHES }, (_, batch) => `${batch}: ${BATCH}`));
  });
});

describe('POST /platform/v1/events with an event of a month that has no partition', () => {
  let ingest: IngestApp;

  beforeAll(async () => {
    ingest = await startIngestApp(NOW);
    await ingest.owner.query('DROP TABLE event_2026_03');
  });
  afterAll(() => ingest.stop());

  it('rejects that event alone', async () => {
    const events = Array.from({ length: 40 }, (_, index) => ({
      specversion: '1.0',
      id: `e-${index}`,
      source: '/t',
      type: 'call',
      subject: 'acme',
      time: index === 17 ? '2026-03-05T00:00:00Z' : '2026-11-05T00:00:00Z',
    }));
    const response = await ingest.app.inject({
      method: 'POST',
      url: '/platform/v1/events',
      headers: { authorization: `Bearer ${ingest.key}`, 'content-type': 'application/cloudevents-batch+json' },
      payload: JSON.stringify(events),
    });
    const { results } = response.json<{ results: { verdict: string }[] }>();
    expect([response.statusCode, results.map(({ verdict }) => verdict)]).toEqual([
      200,
      events.map((_, index) => (index === 17 ? 'rejected' : 'stored')),
    ]);
  });
});
