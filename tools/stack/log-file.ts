import { mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const LARGEST_BYTES = 16 * 1024 * 1024;

/** Path of a process's log. */
export function logPath(dataDir: string, name: string): string {
  return join(dataDir, 'logs', `${name}.log`);
}

/** Opens a log to append to. One that has grown large is put aside as `<name>.log.1` first. */
export function openLog(dataDir: string, name: string): number {
  const path = logPath(dataDir, name);
  mkdirSync(join(dataDir, 'logs'), { recursive: true, mode: 0o700 });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

/** The last lines of a log, for an error message. */
export function lastLines(dataDir: string, name: string, count: number): string[] {
  try {
    return readFileSync(logPath(dataDir, name), 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return [];
  }
}
