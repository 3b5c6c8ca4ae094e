import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildOpenApi, formatOpenApi, parseConfig } from '@tallymark/service-kit';

/** A service with a document: its folder below `apps`, and the name of its configuration's schema. */
export interface DescribedService {
  readonly name: string;
  readonly configName: string;
}

/** All of them. */
export const SERVICES: readonly DescribedService[] = [
  { name: 'ingest', configName: 'ingestConfig' },
  { name: 'usage-api', configName: 'usageApiConfig' },
  { name: 'billing-calc', configName: 'billingCalcConfig' },
];

type App = Parameters<typeof buildOpenApi>[0];
type CreateApp = (config: unknown, overrides: { readonly preview: boolean }) => Promise<App>;
type ConfigSchema = Parameters<typeof parseConfig>[0];

/** What a configuration demands and a description does not use. */
const PLACEHOLDER = 'placeholder-for-a-description-alone';
const ENVIRONMENT = {
  PORT: '0',
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  TOKEN_SECRET: PLACEHOLDER,
  OPERATOR_TOKEN: PLACEHOLDER,
  LOG_LEVEL: 'silent',
};

/** The text of the service's OpenAPI document, from its built code; connects to nothing. */
export async function describeService(rootDir: string, { name, configName }: DescribedService): Promise<string> {
  const createApp = (await importBuilt(rootDir, name, 'create-app.js'))['createApp'] as CreateApp;
  const schema = (await importBuilt(rootDir, name, 'config.js'))[configName] as ConfigSchema;
  const app = await createApp(parseConfig(schema, ENVIRONMENT), { preview: true });
  try {
    return formatOpenApi(buildOpenApi(app));
  } finally {
    await app.close();
  }
}

/** By path, since a service is no library: nothing else may import it. */
async function importBuilt(rootDir: string, name: string, file: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(join(rootDir, 'apps', name, 'dist', file)).href)) as Record<string, unknown>;
}
