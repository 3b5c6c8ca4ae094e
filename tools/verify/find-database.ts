import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { roleName, startEmbeddedPostgres } from '@tallymark/persistence';
import { acquireRunLock } from '../stack/run-lock.js';
import { loadSecrets, type Secrets } from '../stack/secrets.js';
import { StackError } from '../stack/stack-error.js';

/** The database to verify, in the role of billing-calc. */
export interface VerifiedDatabase {
  readonly url: string;
  /** False when nothing but us uses it, so that waiting for the fold would be in vain. */
  readonly isServed: boolean;
  /** Lets go of it; ends the server when we started it. */
  readonly close: () => Promise<void>;
}

/** As the stack names it on its embedded server. */
const EMBEDDED_DATABASE = 'tallymark';
const PORT_LINE = 3;

/**
 * Finds the database: `databaseUrl` when it is given, else the embedded one in `dataDir`, whose server is started for as long as we need it when no
 * stack runs.
 *
 * @throws {@link StackError} when there is none.
 */
export async function findDatabase(options: { databaseUrl: string | undefined; dataDir: string }): Promise<VerifiedDatabase> {
  const { databaseUrl, dataDir } = options;
  const secrets = existsSync(join(dataDir, 'secrets.json')) ? loadSecrets(dataDir) : null;
  if (databaseUrl !== undefined && databaseUrl !== '') {
    return { url: calcUrl(databaseUrl, secrets), isServed: true, close: () => Promise.resolve() };
  }
  const postgresDir = join(dataDir, 'postgres');
  if (secrets === null || !existsSync(postgresDir)) {
    throw new StackError(`there is no platform in ${dataDir}`, [
      'Start it first: npm start',
      'Or say where it is: DATA_DIR=/path, or DATABASE_URL=postgres://… when it keeps its data in a database of your own',
    ]);
  }
  const letGo = tryLock(dataDir);
  return letGo === null ? findRunning(postgresDir, secrets) : startStopped(postgresDir, secrets, letGo);
}

/** The same database in billing-calc's role, whose password the stack keeps; unchanged where the stack never ran. */
export function calcUrl(databaseUrl: string, secrets: Pick<Secrets, 'rolePasswords'> | null): string {
  if (!URL.canParse(databaseUrl)) throw new StackError('DATABASE_URL is not a URL; expected postgres://user:password@host:port/database');
  const url = new URL(databaseUrl);
  if (url.username === roleName('calc') || secrets === null) return databaseUrl;
  url.username = roleName('calc');
  url.password = encodeURIComponent(secrets.rolePasswords.calc);
  return url.toString();
}

/** Null when a stack runs there. */
function tryLock(dataDir: string): (() => void) | null {
  try {
    return acquireRunLock(dataDir, 0);
  } catch (error) {
    if (error instanceof StackError && error.message.startsWith('Tallymark already runs')) return null;
    throw error;
  }
}

function findRunning(postgresDir: string, secrets: Secrets): VerifiedDatabase {
  const pidFile = join(realpathSync(postgresDir), 'postmaster.pid');
  const port = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8').split('\n')[PORT_LINE]) : Number.NaN;
  if (!Number.isInteger(port)) throw new StackError('the platform is just starting or stopping; try again in a moment');
  return { url: urlOf(port, secrets), isServed: true, close: () => Promise.resolve() };
}

async function startStopped(postgresDir: string, secrets: Secrets, letGo: () => void): Promise<VerifiedDatabase> {
  try {
    const server = await startEmbeddedPostgres({ dataDir: postgresDir });
    const close = async (): Promise<void> => {
      await server.stop();
      letGo();
    };
    return { url: urlOf(server.port, secrets), isServed: false, close };
  } catch (error) {
    letGo();
    throw error;
  }
}

function urlOf(port: number, { rolePasswords }: Secrets): string {
  return `postgres://${roleName('calc')}:${encodeURIComponent(rolePasswords.calc)}@127.0.0.1:${port}/${EMBEDDED_DATABASE}`;
}
