import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;
/** How long each signal gets to work: a clean end with a checkpoint, an end without one, and force. */
const SIGNALS = [
  ['SIGINT', 20_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
] as const;
/** Sessions of a killed server notice that it is gone and end by themselves. */
const SESSIONS_END_MS = 3_000;

/**
 * Ends what an earlier run left behind in a data directory: a server whose starter was killed, the sessions of a killed server, and a pid
 * file whose number now belongs to another program (which would keep a new server from starting).
 *
 * @param dataDir a real path.
 * @throws Error when a server process survives SIGKILL.
 */
export async function endOrphanedServer(dataDir: string, onLog?: (line: string) => void): Promise<void> {
  const pidFile = join(dataDir, 'postmaster.pid');
  const pid = readPid(pidFile);
  const running = findServerProcesses(dataDir, pid);
  if (running.length > 0) onLog?.(`found PostgreSQL processes of an earlier run in ${dataDir}: ${running.join(', ')}; ending them`);

  if (pid !== undefined && running.includes(pid)) {
    for (const [signal, patienceMs] of SIGNALS) {
      sendSignal(pid, signal);
      if (await noneLeft(dataDir, pid, patienceMs)) return;
    }
  }
  if (!(await noneLeft(dataDir, pid, SESSIONS_END_MS))) {
    for (const left of findServerProcesses(dataDir, pid)) sendSignal(left, 'SIGKILL');
    if (!(await noneLeft(dataDir, pid, SESSIONS_END_MS)))
      throw new Error(`PostgreSQL processes of an earlier run do not end: ${findServerProcesses(dataDir, pid).join(', ')}`);
  }
  if (pid !== undefined && isAlive(pid)) rmSync(pidFile, { force: true });
}

async function noneLeft(dataDir: string, pid: number | undefined, patienceMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs <= patienceMs; waitedMs += POLL_MS) {
    if (findServerProcesses(dataDir, pid).length === 0) return true;
    await delay(POLL_MS);
  }
  return false;
}

function readPid(pidFile: string): number | undefined {
  if (!existsSync(pidFile)) return undefined;
  const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** The server and its sessions all work inside the data directory, by which Linux tells them; elsewhere we know the server alone. */
function findServerProcesses(dataDir: string, pid: number | undefined): number[] {
  if (existsSync('/proc/self/cwd')) {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => isServerIn(dataDir, name))
      .map(Number);
  }
  if (pid === undefined || !isAlive(pid)) return [];
  const command = spawnSync('ps', ['-p', String(pid), '-o', 'comm='], { encoding: 'utf8' }).stdout ?? '';
  return command.includes('postgres') ? [pid] : [];
}

function isServerIn(dataDir: string, processDirectory: string): boolean {
  try {
    return (
      readlinkSync(`/proc/${processDirectory}/cwd`) === dataDir &&
      readFileSync(`/proc/${processDirectory}/comm`, 'utf8').startsWith('postgres')
    );
  } catch {
    return false; // It ended meanwhile, or belongs to somebody else.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}
