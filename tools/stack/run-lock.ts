import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, StackError } from './stack-error.js';

interface Holder {
  readonly pid: number;
  /** Tells the process from a later one of the same number. */
  readonly started: string;
  readonly port: number;
}

/** Ended, and not yet asked for by whoever started it. */
const ENDED_STATES = ['Z', 'X'];
const DEATH_ATTEMPTS = 10;
const DEATH_PAUSE_MS = 100;

/**
 * Makes sure that one run alone uses a data directory. A lock whose holder is dead does not count.
 *
 * @returns lets go of the lock.
 * @throws {@link StackError} that names the running process and its address.
 */
export function acquireRunLock(dataDir: string, port: number): () => void {
  makeDirectory(dataDir);
  const file = join(dataDir, 'run.lock');
  const content = `${JSON.stringify({ pid: process.pid, started: startOf(process.pid), port } satisfies Holder)}\n`;
  // Two tries: the second comes after a dead holder's lock has been removed.
  for (const isLast of [false, true]) {
    try {
      writeFileSync(file, content, { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw new StackError(`cannot write to DATA_DIR ${dataDir}: ${String(error)}`, [], error);
    }
    const holder = readHolder(file);
    if (isLast || (holder && isStillRunning(holder))) {
      throw new StackError(
        `Tallymark already runs in ${dataDir}${holder ? ` (process ${holder.pid}, http://127.0.0.1:${holder.port})` : ''}`,
        ['Stop it first (Ctrl-C there), or run a second one beside it: PORT=9090 DATA_DIR=.data2 npm start'],
      );
    }
    rmSync(file, { force: true });
  }
  throw new Error('not reached');
}

/** A process that was killed a moment ago takes its time to end: it is asked about again before its run counts as running. */
function isStillRunning(holder: Holder): boolean {
  for (let attempt = 1; startOf(holder.pid) === holder.started; attempt += 1) {
    if (attempt === DEATH_ATTEMPTS) return true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, DEATH_PAUSE_MS);
  }
  return false;
}

function makeDirectory(dataDir: string): void {
  try {
    // Others may pass through (the database's user has to), and nobody but the owner may list it.
    mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  } catch (error) {
    throw new StackError(`cannot make DATA_DIR ${dataDir}: ${String(error)}`, ['Choose another one: DATA_DIR=/path npm start'], error);
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined; // Cut short while it was written, or gone by now: nobody holds it.
  }
}

/** When a process started, as the system counts it; '' when there is no such process, 'unknown' where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields are counted after the program's name, which stands in brackets and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ENDED_STATES.includes(fields[0] ?? '') ? '' : (fields[19] ?? 'unknown');
  } catch {
    try {
      process.kill(pid, 0);
      return 'unknown';
    } catch (error) {
      return codeOf(error) === 'EPERM' ? 'unknown' : '';
    }
  }
}
