import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process, told from a later one of the same number by its start. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parentPid: number;
  /** In ticks since the machine's start. */
  readonly started: string;
  /** Words separated by spaces. */
  readonly command: string;
  /** Its working directory; '' where that can't be seen. */
  readonly directory: string;
}

/** All processes but dead ones that nobody has asked for yet. Linux only. */
export function listProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** A process and all below it. */
export function listTree(rootPid: number): ProcessInfo[] {
  const all = listProcesses();
  const found = all.filter(({ pid }) => pid === rootPid);
  for (const parent of found) found.push(...all.filter(({ parentPid }) => parentPid === parent.pid));
  return found;
}

/** Those of the given processes that still run, and whatever else works in, or was started from, the folder. */
export function findLeftOver(known: readonly ProcessInfo[], folder: string): ProcessInfo[] {
  return listProcesses().filter(
    (candidate) =>
      candidate.pid !== process.pid &&
      (candidate.directory.startsWith(folder) ||
        candidate.command.includes(folder) ||
        known.some(({ pid, started }) => pid === candidate.pid && started === candidate.started)),
  );
}

/** `kill -9` for each that still runs. */
export function endAll(processes: readonly ProcessInfo[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

function readProcess(pid: number): ProcessInfo | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields are counted after the program's name, which stands in brackets and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parentPid: Number(fields[1]), started: fields[19]!, command, directory: readDirectory(pid) };
  } catch {
    return undefined; // It ended meanwhile.
  }
}

function readDirectory(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
