import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from '@tallymark/persistence';
import { parseConfig } from '@tallymark/service-kit';
import { type TestDatabase, addApiKey, addOrganization, startTestDatabase } from '@tallymark/testing';
import { ingestConfig } from '../../src/config.js';
import { type AppOverrides, createApp } from '../../src/create-app.js';

/** The service over a database of its own, with an organization and a key of it that may send events. Its clock stands. */
export interface IngestApp {
  readonly database: TestDatabase;
  readonly owner: DataSource;
  readonly app: NestFastifyApplication;
  readonly key: string;
  readonly organizationId: string;
  stop(): Promise<void>;
}

/**
 * @param settings variables of the environment beside those that it can't do without.
 * @param overrides what else differs, such as where log lines go.
 */
export async function startIngestApp(
  now: Date,
  settings: Readonly<Record<string, string>> = {},
  overrides: AppOverrides = {},
): Promise<IngestApp> {
  const database = await startTestDatabase({ now });
  const owner = await database.connect('owner');
  const organizationId = await addOrganization(owner);
  const key = await addApiKey(owner, organizationId, { scopes: ['events:write'] });
  const environment = { PORT: '0', DATABASE_URL: database.ingestUrl, TOKEN_SECRET: 'x'.repeat(32), LOG_LEVEL: 'silent', ...settings };
  const app = await createApp(parseConfig(ingestConfig, environment), { clock: () => now, ...overrides });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return {
    database,
    owner,
    app,
    key,
    organizationId,
    stop: async () => {
      await app.close();
      await database.stop();
    },
  };
}
