import { join } from 'node:path';
import type { RoleUrls } from './database.js';
import { choosePort } from './ports.js';
import type { Secrets } from './secrets.js';
import { type SupervisedProcess, superviseProcess } from './supervised-process.js';
import { SERVICE_NAMES, type ServiceName } from './gateway/routes.js';

/** What the services are started with. */
export interface ServicesOptions {
  /** Of the repository. */
  readonly rootDir: string;
  readonly dataDir: string;
  /** Of the gateway; the services take the ports after it where these are free. */
  readonly port: number;
  readonly secrets: Secrets;
  /** Asked for at each start. */
  readonly urls: () => RoleUrls;
  readonly databaseRunning: () => Promise<void>;
  readonly announce: (line: string) => void;
}

/** The processes of the platform, in the order in which they are started. */
export interface Services {
  readonly all: readonly SupervisedProcess[];
  readonly gateway: SupervisedProcess;
  /** Address of one service, such as `http://127.0.0.1:8081`. */
  readonly urlOf: (name: ServiceName) => string;
}

const DATABASE_ROLE = { ingest: 'ingest', 'usage-api': 'api', 'billing-calc': 'calc' } as const satisfies Record<
  ServiceName,
  keyof RoleUrls
>;
const POOL_SIZE: Readonly<Record<ServiceName, number>> = { ingest: 8, 'usage-api': 10, 'billing-calc': 6 };

/** Starts all of them. */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { rootDir, dataDir, port, secrets, urls, announce } = options;
  const ports = await chooseServicePorts(port);
  const urlOf = (name: ServiceName): string => `http://127.0.0.1:${ports[name]}`;
  const services = SERVICE_NAMES.map((name) =>
    superviseProcess(
      {
        name,
        entry: join(rootDir, 'apps', name, 'dist', 'main.js'),
        port: ports[name],
        dependsOn: options.databaseRunning,
        environment: () => ({
          HOST: '127.0.0.1',
          NODE_ENV: 'production',
          DATABASE_URL: urls()[DATABASE_ROLE[name]],
          DATABASE_POOL_SIZE: String(POOL_SIZE[name]),
          TOKEN_SECRET: secrets.tokenSecret,
          ...(name === 'usage-api'
            ? { OPERATOR_TOKEN: secrets.operatorToken, DASHBOARD_DIR: join(rootDir, 'apps', 'dashboard', 'dist') }
            : {}),
        }),
      },
      dataDir,
      announce,
    ),
  );
  const gateway = superviseProcess(
    {
      name: 'gateway',
      entry: join(import.meta.dirname, 'gateway', 'main.js'),
      port,
      dependsOn: () => Promise.resolve(),
      environment: () => ({
        HOST: '127.0.0.1',
        NODE_ENV: 'production',
        UPSTREAMS: JSON.stringify(Object.fromEntries(SERVICE_NAMES.map((name) => [name, urlOf(name)]))),
      }),
    },
    dataDir,
    announce,
  );
  return { all: [...services, gateway], gateway, urlOf };
}

async function chooseServicePorts(gatewayPort: number): Promise<Record<ServiceName, number>> {
  const ports: Partial<Record<ServiceName, number>> = {};
  for (const [index, name] of SERVICE_NAMES.entries()) ports[name] = await choosePort(gatewayPort + 1 + index);
  return ports as Record<ServiceName, number>;
}
