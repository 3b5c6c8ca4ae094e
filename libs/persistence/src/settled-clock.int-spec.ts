import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KINDS, NOW, SettledWorld, day } from '../test/settled-world.js';
import { SettledUsage } from './settled-usage.js';

const HOUR_MS = 3_600_000;

describe('usage that counts as settled while the database’s clock is ahead', () => {
  let world: SettledWorld;
  beforeAll(async () => {
    world = await SettledWorld.start();
  }, 60_000);
  afterAll(() => world.database.stop());

  it('is not answered from what is remembered once the clock is set back', async () => {
    await world.use('ann');
    const asked = { subject: 'ann', from: day(10), to: day(0) };
    await world.settleLater(-3);
    const memories = KINDS.map((kind) => ({ kind, settled: new SettledUsage() }));
    for (const { kind, settled } of memories) {
      // The first answer says what is settled.
      for (let turn = 0; turn < 2; turn += 1) await world.ask(kind, asked, settled);
      expect(world.readOf(kind, asked, settled).values).not.toContainEqual(asked.from);
    }
    await world.settleLater(0);
    // Young again: it writes no version.
    const late = new Date(Math.min(NOW.getTime() - 23 * HOUR_MS, asked.to.getTime() - HOUR_MS / 4));
    const before = await world.askAll(asked);
    await world.usage.use([world.event('ann', late, 77)]);
    expect(await world.askAll(asked)).not.toEqual(before);
    for (const { kind, settled } of memories) expect(await world.ask(kind, asked, settled)).toEqual(await world.ask(kind, asked));
  });
});
