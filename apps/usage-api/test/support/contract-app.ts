import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Clock, parseConfig } from '@tallymark/service-kit';
import type { TestDatabase, UsageWorld } from '@tallymark/testing';
import { usageApiConfig } from '../../src/config.js';
import { createApp } from '../../src/create-app.js';

/** The service over a test database, at the time that a clock tells. `environment` adds to, or replaces, what the service needs. */
export async function startContractApp(
  database: TestDatabase,
  clock: Clock,
  environment: Readonly<Record<string, string>> = {},
): Promise<NestFastifyApplication> {
  const needed = {
    PORT: '0',
    DATABASE_URL: database.apiUrl,
    TOKEN_SECRET: 's'.repeat(32),
    OPERATOR_TOKEN: 'o'.repeat(32),
    LOG_LEVEL: 'silent',
  };
  return createApp(parseConfig(usageApiConfig, { ...needed, ...environment }), { clock });
}

/** Makes the service's statements give up soon when they wait for a lock. For sessions opened from then on, so call it before the service has any. */
export async function limitLockWaits(database: TestDatabase): Promise<void> {
  const api = await database.connect('api');
  await api.query(`ALTER ROLE CURRENT_USER IN DATABASE ${database.name} SET lock_timeout = '100ms'`);
}

/** Does something while nobody can read a table, as if the database were stuck. */
export async function whileLocked<T>({ owner }: UsageWorld, table: string, work: () => Promise<T>): Promise<T> {
  return owner.transaction(async (manager) => {
    await manager.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    return work();
  });
}

/** Does something while a table is not there, as if a migration had gone wrong. */
export async function whileMissing<T>({ owner }: UsageWorld, table: string, work: () => Promise<T>): Promise<T> {
  await owner.query(`ALTER TABLE ${table} RENAME TO ${table}_missing`);
  try {
    return await work();
  } finally {
    await owner.query(`ALTER TABLE ${table}_missing RENAME TO ${table}`);
  }
}
