import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, rmdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type ServerUser, SYSTEM_DIRECTORY } from './embedded-binaries.js';

/**
 * Where the server's data goes when `wanted` is asked for: there, as a rule. When root runs us below a folder that `user` can't enter (a repository in
 * /root), or on a disk where files can't be given away, it goes below {@link SYSTEM_DIRECTORY}, and `wanted` becomes a link to it, so that the next
 * start finds it.
 *
 * @returns a real path whose parent exists; the directory itself need not.
 * @throws Error when something is there that is no database, or that belongs to somebody else.
 */
export function placeDataDirectory(wanted: string, user: ServerUser | undefined): string {
  const path = resolve(wanted);
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink()) {
    const target = resolve(dirname(path), readlinkSync(path));
    mkdirSync(dirname(target), { recursive: true });
    return join(realpathSync(dirname(target)), basename(target));
  }
  if (entry && !entry.isDirectory()) throw new Error(`${path} is a file; expected a directory for PostgreSQL's data`);
  const content = entry ? listFiles(path, entry.uid) : [];
  if (content.includes('PG_VERSION')) return realpathSync(path);
  if (content.length > 0) throw new Error(`${path} holds files but no PostgreSQL database (PG_VERSION is missing): move it away`);

  mkdirSync(dirname(path), { recursive: true });
  if (!user || canKeepDataIn(dirname(path), user)) return join(realpathSync(dirname(path)), basename(path));
  if (entry) rmdirSync(path);
  const target = join(SYSTEM_DIRECTORY, `data-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`);
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  symlinkSync(target, path);
  return target;
}

/** Makes a directory that only `user` can enter, as PostgreSQL demands it. */
export function makeOwnedDirectory(path: string, user: ServerUser | undefined): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (user) chownSync(path, user.uid, user.gid);
}

function listFiles(path: string, ownerUid: number): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    throw new Error(`${path} belongs to another user (uid ${ownerUid}): start as that user or as root, or choose another directory`, {
      cause: error,
    });
  }
}

function canKeepDataIn(parent: string, user: ServerUser): boolean {
  const probe = join(parent, `.tallymark-probe-${process.pid}`);
  try {
    makeOwnedDirectory(probe, user);
    // Asked of the system itself, as the user in question: modes, access lists and mount options all have their say.
    return spawnSync('/bin/sh', ['-c', 'cd "$1" && : > file && rm file', 'sh', probe], { ...user, cwd: '/' }).status === 0;
  } catch {
    return false;
  } finally {
    rmdirQuietly(probe);
  }
}

function rmdirQuietly(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // It was never made.
  }
}
