import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from '@tallymark/persistence';
import { parseConfig } from '@tallymark/service-kit';
import { type TestDatabase, addApiKey, addOrganization, startTestDatabase } from '@tallymark/testing';
import { ingestConfig } from '../../src/config.js';
import { createApp } from '../../src/create-app.js';

/** The service over a database of its own, with an organization and a key of it that may send events. Its clock stands. */
export interface IngestApp {
  readonly database: TestDatabase;
  readonly owner: DataSource;
  readonly app: NestFastifyApplication;
  readonly key: string;
  readonly organizationId: string;
  stop(): Promise<void>;
}

export async function startIngestApp(now: Date): Promise<IngestApp> {
  const database = await startTestDatabase({ now });
  const owner = await database.connect('owner');
  const organizationId = await addOrganization(owner);
  const key = await addApiKey(owner, organizationId, { scopes: ['events:write'] });
  const environment = { PORT: '0', DATABASE_URL: database.ingestUrl, TOKEN_SECRET: 'x'.repeat(32), LOG_LEVEL: 'silent' };
  const app = await createApp(parseConfig(ingestConfig, environment), { clock: () => now });
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
