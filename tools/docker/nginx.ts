import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findRootDir } from '../e2e/platform.js';
import { SERVICE_NAMES, type ServiceName } from '../stack/gateway/routes.js';

/** A running nginx with the configuration of `docker/nginx`. */
export interface Nginx {
  /** Such as `http://127.0.0.1:20481`. */
  readonly url: string;
  /** What it logged so far. */
  readonly log: () => string;
  /** Ends it and deletes what it wrote. */
  readonly stop: () => Promise<void>;
}

export interface NginxOptions {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Such as `http://127.0.0.1:8081`. */
  readonly upstreams: Readonly<Record<ServiceName, string>>;
}

const START_PATIENCE_MS = 10_000;
const STOP_PATIENCE_MS = 10_000;
const POLL_MS = 20;

/** As in the container, nobody in particular. Only root can become somebody else. */
const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

/**
 * Starts the machine's nginx as the compose file does, but for the two files in `addresses/`, which say where to listen and where the services are.
 *
 * @throws Error that names nginx when it is absent or refuses the configuration.
 */
export async function startNginx({ port, upstreams }: NginxOptions): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'tallymark-nginx-'));
  const configuration = join(folder, 'configuration');
  chmodSync(folder, 0o755);
  cpSync(join(findRootDir(), 'docker', 'nginx'), configuration, { recursive: true });
  writeAddresses(join(configuration, 'addresses'), port, upstreams);
  const run = join(folder, 'run');
  mkdirSync(run);
  if (UNPRIVILEGED !== undefined) chownSync(run, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
  const logFile = join(folder, 'nginx.log');
  const log = openSync(logFile, 'a');
  // Debian keeps it where an ordinary user's PATH does not lead.
  const child = spawn('nginx', ['-p', `${run}/`, '-e', 'stderr', '-c', join(configuration, 'nginx.conf'), '-g', 'daemon off;'], {
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`, TZ: 'UTC' },
    stdio: ['ignore', log, log],
    ...UNPRIVILEGED,
  });
  closeSync(log);
  // Whoever forgets to stop it leaves nothing behind; the master ends its workers.
  const endWithUs = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithUs);
  const stop = async (): Promise<void> => {
    process.off('exit', endWithUs);
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const failure = await waitUntilListening(url, child);
  if (failure !== undefined) {
    const words = readFileSync(logFile, 'utf8');
    await stop();
    throw new Error(`nginx did not start: ${failure}\n${words}`);
  }
  return { url, log: () => readFileSync(logFile, 'utf8'), stop };
}

/** The same upstreams as in the container, at other addresses. */
function writeAddresses(folder: string, port: number, upstreams: NginxOptions['upstreams']): void {
  const file = join(folder, 'upstreams.conf');
  let text = readFileSync(file, 'utf8');
  for (const name of SERVICE_NAMES) {
    const inContainer = `server ${name}:8080;`;
    if (!text.includes(inContainer)) throw new Error(`${file} has no line "${inContainer}"`);
    text = text.replace(inContainer, `server ${new URL(upstreams[name]).host};`);
  }
  writeFileSync(file, text);
  writeFileSync(join(folder, 'listen.conf'), `listen 127.0.0.1:${port};\n`);
}

/** Undefined when it listens; what went wrong otherwise. */
async function waitUntilListening(url: string, child: ChildProcess): Promise<string | undefined> {
  let absent: string | undefined;
  child.once('error', (error: NodeJS.ErrnoException) => {
    absent = error.code === 'ENOENT' ? 'it is not installed (apt-get install -y nginx)' : error.message;
  });
  for (const deadline = performance.now() + START_PATIENCE_MS; performance.now() < deadline; await delay(POLL_MS)) {
    if (absent !== undefined) return absent;
    if (child.exitCode !== null) return `it ended with code ${child.exitCode}`;
    const response = await fetch(`${url}/livez`).catch(() => undefined);
    if (response?.ok === true) return undefined;
  }
  return `it does not answer after ${START_PATIENCE_MS / 1_000} s`;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((settle) => child.once('exit', settle));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
  await ended.finally(() => clearTimeout(timer));
}
