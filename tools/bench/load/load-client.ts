import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromLoadProcess, Load, LoadResult, ToLoadProcess } from './load-plan.js';

/** A process that makes load. */
export interface LoadClient {
  /** Renders the load and opens its connections, outside of what is timed. */
  readonly prepare: (load: Load) => Promise<void>;
  /** Runs what was prepared. */
  readonly start: () => Promise<LoadResult>;
  /** Both. */
  readonly run: (load: Load) => Promise<LoadResult>;
  readonly stop: () => Promise<void>;
}

const ENTRY = fileURLToPath(new URL('load-process.js', import.meta.url));

/** Starts it. */
export function startLoadClient(): LoadClient {
  const child = fork(ENTRY, [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
    execArgv: ['--max-old-space-size=4096'],
  });
  const prepare = async (load: Load): Promise<void> => {
    await ask(child, { kind: 'prepare', load });
  };
  const start = async (): Promise<LoadResult> => {
    const answer = await ask(child, { kind: 'start' });
    if (answer.kind !== 'done') throw new Error(`the load process answered ${answer.kind}; expected done`);
    return answer.result;
  };
  return {
    prepare,
    start,
    run: async (load) => {
      await prepare(load);
      return start();
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((settle) => child.once('exit', () => settle()));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function ask(child: ChildProcess, message: ToLoadProcess): Promise<FromLoadProcess> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('the load process ended'));
    child.once('exit', onExit);
    child.once('message', (answer: FromLoadProcess) => {
      child.off('exit', onExit);
      if (answer.kind === 'failed') reject(new Error(`the load failed: ${answer.message}`));
      else resolve(answer);
    });
    child.send(message);
  });
}
