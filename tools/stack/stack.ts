import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkOwnDatabase, formatServerVersion, makeDatabase, makeRoles, type RoleUrls, runMigrations } from './database.js';
import { keepPostgres } from './embedded-postgres.js';
import type { StackOptions } from './options.js';
import { loadSecrets, type Secrets } from './secrets.js';
import { type Services, startServices } from './services.js';
import type { RunStep } from './steps.js';

/** A running platform. */
export interface Platform {
  readonly services: Services;
  readonly secrets: Secrets;
  /** Such as `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
}

/** The platform's life. */
export interface Stack {
  /** @throws StackError when a part does not start; what runs by then is for `stop` to end. */
  readonly start: () => Promise<Platform>;
  /** Ends everything in order: the gateway, the services, the database. Also while it starts. */
  readonly stop: () => Promise<void>;
  /** Ends every process at once. */
  readonly kill: () => void;
}

/** Where a stack is and to whom it speaks. */
export interface StackContext {
  readonly options: StackOptions;
  /** Of the repository. */
  readonly rootDir: string;
  readonly step: RunStep;
  readonly announce: (line: string) => void;
}

/** The database as the rest sees it, whosever it is. */
interface Database {
  readonly adminUrl: string;
  /** Where it listens now; undefined where that cannot change. */
  readonly port: () => string | undefined;
  readonly running: () => Promise<void>;
}

/** What has been started by now. */
interface Running {
  readonly kind: 'database' | 'services';
  readonly stop: () => Promise<void>;
  readonly kill: () => void;
}

/** Makes a stack; nothing runs yet. */
export function createStack(context: StackContext): Stack {
  const running: Running[] = [];
  let starting: Promise<unknown> = Promise.resolve();
  let isStopping = false;
  const step: RunStep = (label, work) => (isStopping ? Promise.reject(new Error(`stopped before: ${label}`)) : context.step(label, work));
  const stopAll = async (kind: Running['kind']): Promise<void> => {
    for (const part of running.filter((candidate) => candidate.kind === kind)) await part.stop();
  };
  return {
    start: () => {
      const started = startParts({ ...context, step }, (part) => running.push(part));
      starting = started.catch(() => undefined);
      return started;
    },
    stop: async () => {
      isStopping = true;
      await stopAll('services');
      // The step under way comes to its end first: it may be at work in the database.
      await starting;
      await stopAll('services');
      await stopAll('database');
      running.length = 0;
    },
    kill: () => running.forEach((part) => part.kill()),
  };
}

async function startParts(context: StackContext, add: (part: Running) => void): Promise<Platform> {
  const { options, step } = context;
  if (options.fresh) deleteFiles(options.dataDir);
  const secrets = loadSecrets(options.dataDir);
  // Known only later, but asked for when the database moves.
  const started: { services?: Services } = {};
  const onMoved = (): void =>
    started.services?.all.filter((service) => service !== started.services?.gateway).forEach((service) => service.restart());
  const database =
    options.databaseUrl === undefined ? await startEmbedded(context, add, onMoved) : await useOwn(context, options.databaseUrl);
  const urls = await step('Roles', () => makeRoles(database.adminUrl, secrets));
  await step('Migrations', async (note) => {
    const ran = await runMigrations(urls.owner, new Date());
    note(ran === 0 ? 'up to date' : `${ran} ran`);
  });
  const services = await step('Services', (note) => startAll(context, { secrets, urls, database }, add, note));
  started.services = services;
  return { services, secrets, baseUrl: `http://127.0.0.1:${options.port}` };
}

function startEmbedded({ options, step, announce }: StackContext, add: (part: Running) => void, onMoved: () => void): Promise<Database> {
  return step('PostgreSQL', async (note) => {
    const postgres = await keepPostgres(options.dataDir, options.fresh, { announce, onMoved });
    add({ kind: 'database', stop: postgres.stop, kill: postgres.kill });
    const adminUrl = await makeDatabase(postgres.url());
    note(`${formatServerVersion(await checkOwnDatabase(adminUrl))}, embedded`);
    return { adminUrl, port: () => new URL(postgres.url()).port, running: postgres.running };
  });
}

function useOwn({ step }: StackContext, databaseUrl: string): Promise<Database> {
  return step('PostgreSQL', async (note) => {
    note(`${formatServerVersion(await checkOwnDatabase(databaseUrl))} at ${new URL(databaseUrl).host}`);
    return { adminUrl: databaseUrl, port: () => undefined, running: () => Promise.resolve() };
  });
}

async function startAll(
  { options, rootDir, announce }: StackContext,
  { secrets, urls, database }: { secrets: Secrets; urls: RoleUrls; database: Database },
  add: (part: Running) => void,
  note: (detail: string) => void,
): Promise<Services> {
  const { dataDir, port } = options;
  const services = await startServices({
    rootDir,
    dataDir,
    port,
    secrets,
    announce,
    urls: () => atPort(urls, database.port()),
    databaseRunning: database.running,
  });
  add({
    kind: 'services',
    stop: async () => {
      await services.gateway.stop();
      await Promise.all(services.all.map((service) => service.stop()));
    },
    kill: () => services.all.forEach((service) => service.kill()),
  });
  await Promise.all(services.all.map((service) => service.ready()));
  note(services.all.map((service) => `${service.name} :${service.port}`).join(' '));
  return services;
}

function atPort(urls: RoleUrls, port: string | undefined): RoleUrls {
  if (port === undefined) return urls;
  const move = (text: string): string => {
    const url = new URL(text);
    url.port = port;
    return url.toString();
  };
  return { owner: move(urls.owner), ingest: move(urls.ingest), api: move(urls.api), calc: move(urls.calc) };
}

/** Ours alone: DATA_DIR may hold other things. The database's files are deleted where it is started. */
function deleteFiles(dataDir: string): void {
  for (const name of ['secrets.json', 'demo-credentials.json', 'logs']) rmSync(join(dataDir, name), { recursive: true, force: true });
}
