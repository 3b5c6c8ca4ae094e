import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { dropOldPartitions } from './provisioning.js';

const NOW = new Date('2026-11-21T12:00:00Z');

describe('dropOldPartitions', () => {
  let database: TestDatabase;
  let calc: DataSource;
  let reader: DataSource;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    [calc, reader] = await Promise.all([database.connect('calc'), database.connect('calc')]);
  });
  afterAll(async () => database.stop());

  it('gives up while somebody reads the log for long, since everybody who writes would wait behind it', async () => {
    await reader.transaction(async (manager) => {
      await manager.query('SELECT count(*) FROM event');
      await expect(dropOldPartitions(calc, NOW, 12)).rejects.toThrow('canceling statement due to lock timeout');
    });
    expect(await dropOldPartitions(calc, NOW, 12)).toContain('event_2025_10');
  });
});
