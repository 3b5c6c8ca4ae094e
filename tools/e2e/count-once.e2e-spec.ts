import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { waitUntilUsed } from './billing-usage.js';
import { COUNTED } from './counted-plan.js';
import { makeEvent, storeEvents } from './events.js';
import { createOrganization, type TestOrganization } from './organization.js';
import { type Platform, startPlatform } from './platform.js';

const COPIES = 1_000;

describe('the same event', () => {
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

  const event = makeEvent('the-one', { amount: 7 });
  const sendCopies = async (): Promise<Record<string, number>> => {
    const { baseUrl } = platform;
    const answers = await Promise.all(Array.from({ length: COPIES }, () => storeEvents(baseUrl, organization.apiKey, [event])));
    return countBy(answers.flat());
  };

  it('counts once when it is sent 1,000 times at once', async () => {
    expect(await sendCopies()).toEqual({ stored: 1, duplicate: COPIES - 1 });
    await expectCountedOnce();
  }, 120_000);

  it('counts once when one request holds it 1,000 times', async () => {
    const verdicts = await storeEvents(
      platform.baseUrl,
      organization.apiKey,
      Array.from({ length: COPIES }, () => event),
    );
    expect(countBy(verdicts)).toEqual({ duplicate: COPIES });
    await expectCountedOnce();
  }, 60_000);

  it('counts once when it is sent 1,000 times again after a restart', async () => {
    await platform.restart('ingest');
    expect(await sendCopies()).toEqual({ duplicate: COPIES });
    await expectCountedOnce();
  }, 120_000);

  it('stays as it is when it comes with other content', async () => {
    expect(await storeEvents(platform.baseUrl, organization.apiKey, [makeEvent('the-one', { amount: 8 })])).toEqual(['conflict']);
    await expectCountedOnce();
  }, 60_000);

  /** A later event shows that the fold has passed whatever came before. */
  let markers = 0;
  async function expectCountedOnce(): Promise<void> {
    markers += 1;
    await storeEvents(platform.baseUrl, organization.apiKey, [makeEvent(`marker-${markers}`, { amount: 0 })]);
    const { data } = await waitUntilUsed(platform, organization, { metric: 'apiCalls', used: 1 + markers });
    expect(data.metrics['amount']).toMatchObject({ used: 7 });
    const owner = await database.connect('owner');
    expect(await owner.query(`SELECT event_id FROM event WHERE event_id = 'the-one'`)).toHaveLength(1);
  }
});

function countBy(verdicts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}
