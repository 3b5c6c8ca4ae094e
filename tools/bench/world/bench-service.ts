import { randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DatabaseRole } from '@tallymark/persistence';
import { type Child, createChild } from '../../e2e/child-process.js';
import { findRootDir } from '../../e2e/platform.js';
import type { ServiceName } from '../../stack/gateway/routes.js';
import { choosePort } from '../../stack/ports.js';
import type { BenchDatabase, BenchServer } from './bench-server.js';

export const OPERATOR_TOKEN = 'operator-token-of-the-benchmark-runs';
const TOKEN_SECRET = 'token-secret-of-the-benchmark-runs-01';
const DATABASE_ROLE = { ingest: 'ingest', 'usage-api': 'api', 'billing-calc': 'calc' } as const satisfies Record<ServiceName, DatabaseRole>;

/** Connections of each service's pool, and of the rivals that stand in its place. The services' own default. */
export const POOL_SIZE = 10;

const PROFILED_ENTRY = fileURLToPath(new URL('profiled-service.js', import.meta.url));

export interface ServiceStart {
  readonly server: BenchServer;
  readonly database: BenchDatabase;
  readonly profileDir: string | undefined;
}

/** Starts a service from its built code and waits until it is ready. */
export async function startService(name: ServiceName, { server, database, profileDir }: ServiceStart): Promise<Child> {
  const port = await choosePort(randomInt(20_000, 32_000));
  const entry = join(findRootDir(), 'apps', name, 'dist', 'main.js');
  const child = createChild({
    name,
    entry: profileDir === undefined ? entry : PROFILED_ENTRY,
    port,
    logFile: join(server.folder, `${name}.log`),
    environment: {
      DATABASE_URL: database.urls[DATABASE_ROLE[name]],
      DATABASE_POOL_SIZE: String(POOL_SIZE),
      TOKEN_SECRET,
      LOG_LEVEL: 'warn',
      ...(name === 'usage-api' ? { OPERATOR_TOKEN, GNIP_REQUESTS_PER_MINUTE: '1000000' } : {}),
      ...(profileDir === undefined ? {} : { PROFILE_DIR: resolve(profileDir), SERVICE_NAME: name, SERVICE_ENTRY: entry }),
    },
  });
  await child.start();
  return child;
}

/** Starts a rival's service, which runs in a process of its own just as ours do. */
export async function startRival(entry: string, { server, database }: Omit<ServiceStart, 'profileDir'>): Promise<Child> {
  const child = createChild({
    name: 'rival',
    entry,
    port: await choosePort(randomInt(20_000, 32_000)),
    logFile: join(server.folder, 'rival.log'),
    environment: { DATABASE_URL: database.urls.calc, DATABASE_POOL_SIZE: String(POOL_SIZE) },
  });
  await child.start();
  return child;
}
