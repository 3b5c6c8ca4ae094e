import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { StackError } from './stack-error.js';

/** How the stack is to be run. */
export interface StackOptions {
  /** Delete the data first. */
  readonly fresh: boolean;
  /** Load the demo. */
  readonly demo: boolean;
  /** Of the gateway, on 127.0.0.1. */
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  /** A database of the user's own; undefined for the embedded one. */
  readonly databaseUrl: string | undefined;
  /** Where the demo's input lies; absolute. */
  readonly demoDataDir: string;
}

export const USAGE = `Usage: npm start -- [--fresh] [--no-demo]

  --fresh      delete the data and begin anew
  --no-demo    begin empty: no demo organization

  PORT=8080                      where the platform listens, on 127.0.0.1
  DATA_DIR=.data                 where data, secrets and logs are kept
  DATABASE_URL=postgres://…      a PostgreSQL 15 or newer of your own instead of the embedded one
  DEMO_DATA_DIR=../shared/data   where the demo's input lies; generated where it is not there
`;

/**
 * Reads the command line and the environment; relative paths start at `rootDir`.
 *
 * @returns null when help was asked for.
 * @throws {@link StackError} that names everything wrong at once.
 */
export function parseStackOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  rootDir: string,
): StackOptions | null {
  const values = readFlags(args);
  if (values.help === true) return null;
  const faults: string[] = [];
  const port = parsePort(env['PORT'], faults);
  const databaseUrl = parseDatabaseUrl(env['DATABASE_URL'], faults);
  if (values.fresh === true && databaseUrl !== undefined) {
    faults.push('--fresh deletes the embedded database alone; a database of your own (DATABASE_URL) you empty yourself');
  }
  if (faults.length > 0) throw new StackError(faults.join('\n'));
  const path = (value: string | undefined, fallback: string): string => {
    const chosen = value === undefined || value === '' ? fallback : value;
    return isAbsolute(chosen) ? chosen : resolve(rootDir, chosen);
  };
  return {
    fresh: values.fresh === true,
    demo: values['no-demo'] !== true,
    port,
    dataDir: path(env['DATA_DIR'], '.data'),
    databaseUrl,
    demoDataDir: path(env['DEMO_DATA_DIR'], '../shared/data'),
  };
}

function readFlags(args: readonly string[]): { fresh?: boolean; 'no-demo'?: boolean; help?: boolean } {
  try {
    const options = { fresh: { type: 'boolean' }, 'no-demo': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new StackError(error instanceof Error ? error.message : String(error), USAGE.split('\n'));
  }
}

function parsePort(value: string | undefined, faults: string[]): number {
  if (value === undefined || value === '') return 8080;
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (port >= 1 && port <= 65_535) return port;
  faults.push(`PORT is ${JSON.stringify(value)}; expected a whole number from 1 to 65535`);
  return 0;
}

function parseDatabaseUrl(value: string | undefined, faults: string[]): string | undefined {
  if (value === undefined || value === '') return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && ['postgres:', 'postgresql:'].includes(url.protocol) && url.hostname !== '' && url.pathname.length > 1) return value;
  // The value holds a password as a rule, so it is not repeated.
  faults.push('DATABASE_URL is not a PostgreSQL URL; expected postgres://user:password@host:port/database');
  return undefined;
}
