import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './account.js';
import { endAll, findLeftOver, listTree, type ProcessInfo } from './processes.js';

/** A running `npm start`. */
export interface NpmStart {
  /** All that was printed so far. */
  readonly output: () => string;
  /** From the start until everything was ready, without the installation; in milliseconds. */
  readonly readyMs: number;
  /** Every process of it. */
  readonly processes: readonly ProcessInfo[];
  /** Ctrl-C, as a terminal sends it: to every process of the foreground. Resolves when it has ended. */
  readonly interrupt: () => Promise<void>;
  /** `kill -9` of the foreground: npm and the stack, not what the stack keeps running. */
  readonly kill: () => Promise<void>;
}

const READY = /ready after /;
const INSTALLED = /Packages installed/;
const READY_PATIENCE_MS = 400_000;
const STOP_PATIENCE_MS = 60_000;
const POLL_MS = 20;

/** Runs `npm start` and waits until it says that everything is ready. @throws Error that quotes what it printed; nothing runs on then. */
export async function npmStart(account: Account, environment: Readonly<Record<string, string>>): Promise<NpmStart> {
  const child = spawn('npm', ['start'], {
    ...account.ids,
    cwd: account.cloneDir,
    env: { ...account.environment, ...environment },
    // A session of its own, as a terminal gives it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let begin = performance.now();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      if (INSTALLED.test(chunk)) begin = performance.now();
      output += chunk;
    });
  }
  let hasEnded = false;
  const ended = new Promise<void>((settle) => child.once('close', settle)).then(() => void (hasEnded = true));
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    if (!hasEnded) process.kill(-child.pid!, name);
    await Promise.race([ended, delay(STOP_PATIENCE_MS, undefined, { ref: false })]);
    if (!hasEnded) throw new Error(`npm start still runs ${STOP_PATIENCE_MS / 1_000} s after ${name}; it printed:\n${output}`);
  };

  for (const deadline = performance.now() + READY_PATIENCE_MS; !READY.test(output); await delay(POLL_MS)) {
    if (!hasEnded && performance.now() < deadline) continue;
    const processes = hasEnded ? [] : listTree(child.pid!);
    endAll(processes);
    throw new Error(`npm start ${hasEnded ? 'ended' : 'is not ready in time'}; it printed:\n${output}`);
  }
  return {
    output: () => output,
    readyMs: performance.now() - begin,
    processes: listTree(child.pid!),
    interrupt: () => signal('SIGINT'),
    kill: () => signal('SIGKILL'),
  };
}

/** Waits a moment for processes to vanish, ends by force what is left then. @throws Error that names it. */
export async function assertNothingLeft(processes: readonly ProcessInfo[], folder: string): Promise<void> {
  let left = findLeftOver(processes, folder);
  for (let attempt = 0; attempt < 50 && left.length > 0; attempt += 1) {
    await delay(POLL_MS);
    left = findLeftOver(processes, folder);
  }
  endAll(left);
  if (left.length > 0) throw new Error(`still running: ${left.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`);
}
