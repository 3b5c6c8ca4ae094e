import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DatabaseRole } from '@tallymark/persistence';
import { SERVICE_NAMES, type ServiceName } from '../stack/gateway/routes.js';
import { choosePort } from '../stack/ports.js';
import { type Child, createChild } from './child-process.js';
import { type OwnDatabase, type PlatformDatabase, startOwnDatabase } from './own-database.js';

/** What can be killed. PostgreSQL only when the platform started it. */
export type ProcessName = ServiceName | 'gateway' | 'postgres';

/** The whole platform, as separate processes of the built code. */
export interface Platform {
  /** Of the gateway. */
  readonly baseUrl: string;
  readonly urlOf: (name: ServiceName) => string;
  readonly database: PlatformDatabase;
  /** May create organizations. */
  readonly operatorToken: string;
  /** `kill -9`. */
  readonly kill: (name: ProcessName) => Promise<void>;
  /** SIGTERM; resolves with the exit code. Not for PostgreSQL. */
  readonly terminate: (name: Exclude<ProcessName, 'postgres'>) => Promise<number | null>;
  /** Starts what was ended, and ends it in good order first when it runs; resolves when it is ready. */
  readonly restart: (name: ProcessName) => Promise<void>;
  /** Ends everything that was started and deletes what it wrote. */
  readonly stop: () => Promise<void>;
}

export interface PlatformOptions {
  /** A migrated database that is already there; by default a server of its own is started. */
  readonly database?: PlatformDatabase;
  /** More environment for all services. */
  readonly environment?: Readonly<Record<string, string>>;
}

const OPERATOR_TOKEN = 'operator-token-of-the-end-to-end-tests';
const TOKEN_SECRET = 'token-secret-of-the-end-to-end-tests';
const DATABASE_ROLE = { ingest: 'ingest', 'usage-api': 'api', 'billing-calc': 'calc' } as const satisfies Record<ServiceName, DatabaseRole>;

/** Starts the platform and waits until every part is ready. Nothing is left running when that fails. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const folder = mkdtempSync(join(tmpdir(), 'tallymark-e2e-'));
  let own: OwnDatabase | undefined;
  const children = new Map<string, Child>();
  const stop = async (): Promise<void> => {
    await children.get('gateway')?.terminate();
    await Promise.all([...children.values()].map((child) => child.terminate()));
    await own?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    if (options.database === undefined) own = await startOwnDatabase(folder, await chooseTestPort());
    const database = options.database ?? own!;
    for (const child of await createChildren({ folder, database, environment: options.environment ?? {} })) children.set(child.name, child);
    await Promise.all([...children.values()].map((child) => child.start()));
    return describePlatform({ database, own, children, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The repository, from the source as from the built code. */
export function findRootDir(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'nx.json'))) {
    if (folder === dirname(folder)) throw new Error(`there is no nx.json above ${import.meta.dirname}`);
    folder = dirname(folder);
  }
  return folder;
}

interface ChildrenOptions {
  readonly folder: string;
  readonly database: PlatformDatabase;
  readonly environment: Readonly<Record<string, string>>;
}

async function createChildren({ folder, database, environment }: ChildrenOptions): Promise<Child[]> {
  const rootDir = findRootDir();
  const services: Child[] = [];
  for (const name of SERVICE_NAMES) {
    services.push(
      createChild({
        name,
        entry: join(rootDir, 'apps', name, 'dist', 'main.js'),
        port: await chooseTestPort(),
        logFile: join(folder, `${name}.log`),
        environment: {
          DATABASE_URL: database.urls[DATABASE_ROLE[name]],
          DATABASE_POOL_SIZE: '5',
          TOKEN_SECRET,
          LOG_LEVEL: 'warn',
          ...(name === 'usage-api' ? { OPERATOR_TOKEN } : {}),
          ...environment,
        },
      }),
    );
  }
  const gateway = createChild({
    name: 'gateway',
    entry: join(rootDir, 'tools', 'dist', 'stack', 'gateway', 'main.js'),
    port: await chooseTestPort(),
    logFile: join(folder, 'gateway.log'),
    environment: { UPSTREAMS: JSON.stringify(Object.fromEntries(services.map((service) => [service.name, service.url]))) },
  });
  return [...services, gateway];
}

interface PlatformParts {
  readonly database: PlatformDatabase;
  readonly own: OwnDatabase | undefined;
  readonly children: ReadonlyMap<string, Child>;
  readonly stop: () => Promise<void>;
}

function describePlatform({ database, own, children, stop }: PlatformParts): Platform {
  const ownDatabase = (): OwnDatabase => {
    if (own === undefined) throw new Error('this PostgreSQL is shared with other tests; start the platform with one of its own to kill it');
    return own;
  };
  return {
    baseUrl: children.get('gateway')!.url,
    urlOf: (name) => children.get(name)!.url,
    database,
    operatorToken: OPERATOR_TOKEN,
    kill: (name) => (name === 'postgres' ? ownDatabase().kill() : children.get(name)!.kill()),
    terminate: (name) => children.get(name)!.terminate(),
    restart: async (name) => {
      if (name === 'postgres') return ownDatabase().start();
      await children.get(name)!.terminate();
      return children.get(name)!.start();
    },
    stop,
  };
}

/** Below the range from which the system gives out ports, so that no client's connection takes it while its service is down. */
function chooseTestPort(): Promise<number> {
  return choosePort(randomInt(20_000, 32_000));
}
