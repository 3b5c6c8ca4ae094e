import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Who runs a clone, and where: a home and a repository of its own, and nothing of ours in its environment. */
export interface Account {
  readonly name: string;
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  readonly cloneDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Removes the user and all its files. */
  readonly remove: () => void;
}

/** How a command ended. */
export interface CommandResult {
  readonly exitCode: number | null;
  /** What it wrote, to both streams. */
  readonly output: string;
}

/** What would steer the platform, npm or Nx from outside. */
const NOT_INHERITED = /^(DATABASE_URL|PORT|DATA_DIR|DEMO_DATA_DIR|SEED|NODE_ENV|NODE_OPTIONS|NX_.*|INIT_CWD|npm_.*)$/i;

/** Clones the repository's HEAD for root, or for an ordinary user made for the purpose. */
export function createAccount(kind: 'root' | 'user', rootDir: string): Account {
  const folder = mkdtempSync(join(tmpdir(), `tallymark-smoke-${kind}-`));
  const home = join(folder, 'home');
  const cloneDir = join(folder, 'tallymark');
  const name = kind === 'root' ? 'root' : `tmsmoke${process.pid}`;
  const remove = (): void => {
    if (kind === 'user') spawnSync('userdel', [name]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    mkdirSync(home);
    runOrThrow('chmod', ['755', folder]);
    // The checkout may belong to somebody else, to which git objects unless it is told.
    const gitConfig = join(folder, 'gitconfig');
    writeFileSync(gitConfig, '[safe]\n\tdirectory = *\n');
    runOrThrow('git', ['clone', '--quiet', '--no-local', rootDir, cloneDir], { ...process.env, GIT_CONFIG_GLOBAL: gitConfig });
    const ids = kind === 'user' ? addUser(name, home) : undefined;
    if (ids !== undefined) {
      runOrThrow('chown', ['-R', `${ids.uid}:${ids.gid}`, home, cloneDir]);
      chownSync(folder, ids.uid, ids.gid);
    }
    return { name, ids, cloneDir, environment: environmentOf(name, home), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Runs a command in the clone. @throws Error when it takes longer than `timeoutMs`. */
export async function runAs(
  account: Account,
  command: readonly [string, ...string[]],
  options: { readonly timeoutMs: number; readonly environment?: Readonly<Record<string, string>> },
): Promise<CommandResult> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    ...account.ids,
    cwd: account.cloneDir,
    env: { ...account.environment, ...options.environment },
    // A group of its own, so that what npm has started can be ended with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, options.timeoutMs);
  const exitCode = await new Promise<number | null>((settle, fail) => child.once('error', fail).once('close', settle));
  clearTimeout(timer);
  if (isLate) throw new Error(`${command.join(' ')} took longer than ${options.timeoutMs / 1_000} s; it wrote:\n${output}`);
  return { exitCode, output };
}

function addUser(name: string, home: string): { uid: number; gid: number } {
  runOrThrow('useradd', ['--no-create-home', '--home-dir', home, '--shell', '/bin/bash', name]);
  const idOf = (flag: string): number => Number(runOrThrow('id', [flag, name]).trim());
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** The registry that we use ourselves is the one thing of npm's configuration that goes along. */
function environmentOf(name: string, home: string): Record<string, string | undefined> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !NOT_INHERITED.test(variable)));
  const registry = runOrThrow('npm', ['config', 'get', 'registry']).trim();
  return { ...inherited, HOME: home, USER: name, LOGNAME: name, npm_config_registry: registry };
}

function runOrThrow(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const result = spawnSync(program, args, { encoding: 'utf8', env });
  if (result.status !== 0)
    throw new Error(`${program} ${args.join(' ')} failed: ${result.error?.message ?? `${result.stderr}${result.stdout}`}`);
  return result.stdout;
}
