import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type CometUsage, renderCometUsage } from '@tallymark/provider-contracts';
import { type Principal } from '@tallymark/service-kit';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import { CometService } from '../src/contracts/comet/comet.service.js';
import { limitLockWaits, startContractApp, whileLocked } from './support/contract-app.js';

const NOW = new Date('2026-11-11T12:00:00Z');

describe('a page of GET /v1/usage that is asked for again', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let service: CometService;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    await limitLockWaits(database);
    world = await UsageWorld.create(database, NOW);
    app = await startContractApp(database, () => NOW);
    service = app.get(CometService, { strict: false });
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const addCustomer = async (name: string): Promise<Principal> => {
    const customerId = await world.addCustomer(name);
    return { organizationId: world.organizationId, customerId, scopes: new Set(['usage:read']) } as unknown as Principal;
  };
  const request = (subject: string, time: string, path: string) => ({ subject, time, data: { path, method: 'GET', status: 200 } });
  /** The text, which is that of the page as it is read. */
  const read = async (principal: Principal, query: Record<string, string> = {}): Promise<string[]> => {
    const { text, asOf } = await service.readText(principal, query);
    expect(text).toBe(JSON.stringify(renderCometUsage((await service.read(principal, query)).requests)));
    expect(asOf).toEqual(NOW);
    return (JSON.parse(text) as CometUsage).requests.map(({ path }) => path);
  };
  const readLocked = (principal: Principal, query = {}): Promise<unknown> =>
    whileLocked(world, 'event', () => service.readText(principal, query).then(({ text }) => text));

  it('is answered without a look at the events, as it was', async () => {
    const quiet = await addCustomer('quiet');
    await world.send([request('quiet', '2026-11-10T10:00:00Z', '/ünï'), request('quiet', '2026-10-10T10:00:00Z', '/late')]);
    await expect(readLocked(quiet)).rejects.toThrow();
    const { text } = await service.readText(quiet, {});
    expect(text).toContain('/ünï');
    expect(await readLocked(quiet)).toBe(text);
    await expect(readLocked(quiet, { limit: '1' })).rejects.toThrow();
    await expect(readLocked(quiet, { before: '2026-11-12T00:00:00Z' })).rejects.toThrow();
  });

  it('shows at once what has come and what has gone since, in whatever order that happens', async () => {
    const busy = await addCustomer('busy');
    expect(await read(busy)).toEqual([]);
    await world.send([request('busy', '2026-11-10T10:00:00Z', '/second')]);
    expect(await read(busy)).toEqual(['/second']);
    await world.send([request('busy', '2026-09-10T10:00:00Z', '/first')]);
    for (let turn = 0; turn < 3; turn += 1) expect(await read(busy)).toEqual(['/first', '/second']);
    expect(await read(busy, { limit: '1' })).toEqual(['/second']);
    await world.owner.query(`UPDATE event SET voided_by = gen_random_uuid() WHERE organization_id = $1 AND data ->> 'path' = '/second'`, [
      world.organizationId,
    ]);
    for (let turn = 0; turn < 3; turn += 1) expect(await read(busy, turn === 1 ? { limit: '1' } : {})).toEqual(['/first']);
    await world.owner.query('UPDATE event SET voided_by = NULL WHERE organization_id = $1', [world.organizationId]);
    for (let turn = 0; turn < 3; turn += 1) expect(await read(busy)).toEqual(['/first', '/second']);
  });

  it('is that of the subjects which the customer has now', async () => {
    const moving = await addCustomer('moving');
    await world.send([request('moving', '2026-11-10T10:00:00Z', '/of-one'), request('moving-2', '2026-11-10T11:00:00Z', '/of-two')]);
    expect(await read(moving)).toEqual(['/of-one']);
    await world.owner.query(`UPDATE customer_subject SET subject = 'moving-2' WHERE organization_id = $1 AND subject = 'moving'`, [
      world.organizationId,
    ]);
    expect(await read(moving)).toEqual(['/of-two']);
    await world.owner.query('INSERT INTO customer_subject (organization_id, subject, customer_id) VALUES ($1, $2, $3)', [
      world.organizationId,
      'moving',
      moving.customerId,
    ]);
    expect(await read(moving)).toEqual(['/of-one', '/of-two']);
  });
});
