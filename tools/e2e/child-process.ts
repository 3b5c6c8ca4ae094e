import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** How to start a process of the platform. */
export interface ChildSpec {
  readonly name: string;
  /** The script Node runs. */
  readonly entry: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Where its output goes. */
  readonly logFile: string;
}

/** A process that runs, is killed, and is started again at the same address. */
export interface Child {
  readonly name: string;
  /** Such as `http://127.0.0.1:20481`. */
  readonly url: string;
  /** Resolves when `/readyz` says yes. @throws Error that quotes the end of the log. */
  readonly start: () => Promise<void>;
  /** `kill -9`; resolves when it is dead. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  readonly terminate: () => Promise<number | null>;
  readonly isRunning: () => boolean;
}

const READY_PATIENCE_MS = 45_000;
const STOP_PATIENCE_MS = 15_000;
const POLL_MS = 25;
const LAST_LINES = 12;

/** Makes a {@link Child}; nothing runs yet. */
export function createChild(spec: ChildSpec): Child {
  const url = `http://127.0.0.1:${spec.port}`;
  let child: ChildProcess | undefined;
  const isRunning = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child === undefined || !isRunning()) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((settle) => child!.once('exit', settle));
    child.kill(signal);
    const timer = setTimeout(() => child!.kill('SIGKILL'), STOP_PATIENCE_MS);
    return ended.finally(() => clearTimeout(timer));
  };

  return {
    name: spec.name,
    url,
    isRunning,
    start: async () => {
      if (isRunning()) throw new Error(`${spec.name} runs already`);
      child = spawnChild(spec);
      const problem = await waitUntilReady(url, isRunning);
      if (problem === undefined) return;
      await end('SIGKILL');
      throw new Error(`${spec.name} ${problem}; its log ends with:\n${lastLines(spec.logFile)}`);
    },
    kill: async () => void (await end('SIGKILL')),
    terminate: () => end('SIGTERM'),
  };
}

function spawnChild({ entry, port, environment, logFile }: ChildSpec): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  // The channel tells the child when we are gone, however we ended.
  const child = fork(entry, [], {
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', NODE_ENV: 'production', ...environment, PORT: String(port) },
    execArgv: ['--enable-source-maps'],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  return child;
}

/** Undefined when it is ready; what went wrong otherwise. */
async function waitUntilReady(url: string, isRunning: () => boolean): Promise<string | undefined> {
  let lastAnswer = 'no answer';
  for (const deadline = performance.now() + READY_PATIENCE_MS; performance.now() < deadline; await delay(POLL_MS)) {
    if (!isRunning()) return 'ended before it was ready';
    try {
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
      lastAnswer = `${response.status} ${await response.text()}`;
      if (response.ok) return undefined;
    } catch {
      // It does not listen yet.
    }
  }
  return `is not ready after ${READY_PATIENCE_MS / 1_000} s: ${lastAnswer}`;
}

function lastLines(logFile: string): string {
  return existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n') : '';
}
