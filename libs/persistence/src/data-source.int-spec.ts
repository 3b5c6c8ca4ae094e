import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source.js';
import { poolStatus } from './pool-status.js';

describe('the connections of a data source', () => {
  let database: TestDatabase;
  let api: DataSource;

  beforeAll(async () => {
    database = await startTestDatabase();
    api = await createDataSource({ url: database.apiUrl, poolSize: 2, applicationName: 'test', statementTimeoutMs: 1_000 }).initialize();
  });
  afterEach(() => void jest.useRealTimers());
  afterAll(async () => {
    await api.destroy();
    await database.stop();
  });

  it('outlast a silence of fifty seconds, and not one of a minute', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'] });
    await api.query('SELECT 1');
    const open = poolStatus(api).total;
    jest.advanceTimersByTime(50_000);
    expect([open, poolStatus(api).total]).toEqual([1, 1]);
    jest.advanceTimersByTime(10_000);
    expect(poolStatus(api).total).toBe(0);
    await api.query('SELECT 1');
    expect(poolStatus(api).total).toBe(1);
  });
});
