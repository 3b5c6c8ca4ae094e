import { type ChildProcess, fork } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { nextBackoff } from './backoff.js';
import { lastLines, logPath, openLog } from './log-file.js';
import { StackError } from './stack-error.js';
import { formatDuration } from './steps.js';

/** A process of the stack. */
export interface ProcessSpec {
  /** Such as `ingest`; names the log too. */
  readonly name: string;
  /** The script Node runs. */
  readonly entry: string;
  readonly port: number;
  /** Asked for at each start, since the database may have moved. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** What must run before it. */
  readonly dependsOn: () => Promise<void>;
}

/** A process that is started again when it ends. */
export interface SupervisedProcess {
  readonly name: string;
  readonly port: number;
  /** Resolves when `/readyz` says yes. @throws {@link StackError} when the process ends before that, or is not ready in time. */
  readonly ready: () => Promise<void>;
  /** Starts it anew with a fresh environment. */
  readonly restart: () => void;
  /** Ends it: SIGTERM first, SIGKILL when it takes too long. */
  readonly stop: () => Promise<void>;
  /** SIGKILL, now. */
  readonly kill: () => void;
}

/** Longer than the services' own grace, so that they end by themselves. */
const STOP_PATIENCE_MS = 15_000;
const READY_PATIENCE_MS = 60_000;
const POLL_MS = 50;

/** Starts a process and keeps it running. Its output goes to `<dataDir>/logs/<name>.log`. */
export function superviseProcess(spec: ProcessSpec, dataDir: string, announce: (line: string) => void): SupervisedProcess {
  let child = startChild(spec, dataDir);
  let exits = 0;
  let isStopping = false;
  let backoffMs: number | undefined;
  let startedAt = performance.now();
  let wasReady = false;
  const stopping = new AbortController();

  const watch = (watched: ChildProcess): void => {
    watched.once('exit', (code, signal) => {
      exits += 1;
      // Before it was ready once, whoever waits for that tells what went wrong.
      if (isStopping || !wasReady) return;
      const endedAt = performance.now();
      backoffMs = nextBackoff(backoffMs, endedAt - startedAt);
      announce(`${spec.name} ended (${signal ?? `code ${code}`}); starting it again in ${backoffMs} ms`);
      void startAgain(backoffMs, endedAt);
    });
  };

  const startAgain = async (waitMs: number, endedAt: number): Promise<void> => {
    try {
      await delay(waitMs, undefined, { signal: stopping.signal });
      await spec.dependsOn();
    } catch {
      return; // We are stopping.
    }
    if (isStopping) return;
    child = startChild(spec, dataDir);
    startedAt = performance.now();
    watch(child);
    const exitsBefore = exits;
    if ((await waitUntilReady(spec.port, () => isStopping || exits !== exitsBefore)) === 'ready') {
      announce(`${spec.name} is back after ${formatDuration(performance.now() - endedAt)}`);
    }
  };

  watch(child);
  return {
    name: spec.name,
    port: spec.port,
    ready: async () => {
      const outcome = await waitUntilReady(spec.port, () => exits > 0 && !wasReady);
      if (outcome === 'ready') {
        wasReady = true;
        return;
      }
      const log = lastLines(dataDir, spec.name, 8).map((line) => line.slice(0, 400));
      const reason =
        outcome === 'ended' ? 'ended before it was ready' : `is not ready after ${READY_PATIENCE_MS / 1000} s: ${outcome.lastAnswer}`;
      throw new StackError(`${spec.name} ${reason}; its log ${logPath(dataDir, spec.name)} ends with:`, log);
    },
    restart: () => void child.kill('SIGTERM'),
    stop: async () => {
      isStopping = true;
      stopping.abort();
      await stopChild(child);
    },
    kill: () => {
      isStopping = true;
      stopping.abort();
      child.kill('SIGKILL');
    },
  };
}

function startChild(spec: ProcessSpec, dataDir: string): ChildProcess {
  const log = openLog(dataDir, spec.name);
  const child = fork(spec.entry, [], {
    env: { ...inheritedEnvironment(), ...spec.environment(), PORT: String(spec.port) },
    // Each in a session of its own: Ctrl-C in the terminal reaches us alone, and we end them in order.
    detached: true,
    execArgv: ['--enable-source-maps', '--import', import.meta.resolve('./exit-with-parent.js')],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  return child;
}

/** Services are configured by us alone, so little of our own environment goes along. */
function inheritedEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'NODE_OPTIONS', 'LD_PRELOAD', 'LOG_LEVEL'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((settle) => child.once('exit', () => settle()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
  await ended;
  clearTimeout(timer);
}

/** Asks `/readyz` until it says yes. */
async function waitUntilReady(port: number, hasEnded: () => boolean): Promise<'ready' | 'ended' | { lastAnswer: string }> {
  let lastAnswer = 'no answer';
  for (const deadline = performance.now() + READY_PATIENCE_MS; performance.now() < deadline; await delay(POLL_MS)) {
    if (hasEnded()) return 'ended';
    try {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(5_000) });
      lastAnswer = `${response.status} ${(await response.text()).slice(0, 300)}`;
      if (response.ok) return 'ready';
    } catch {
      // It does not listen yet.
    }
  }
  return { lastAnswer };
}
