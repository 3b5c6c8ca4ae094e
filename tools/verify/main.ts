import { isAbsolute, join, resolve } from 'node:path';
import { checkMigrations, createDataSource, type DataSource, DRAWN_STATEMENTS, verifyUsage } from '@tallymark/persistence';
import { messageOf, StackError } from '../stack/stack-error.js';
import { findDatabase, type VerifiedDatabase } from './find-database.js';
import { countDifferences, formatMeter, formatSources, formatStatements, formatSummary } from './format-verification.js';
import { isSettled, waitUntilSettled } from './wait-until-settled.js';

const USAGE = `Usage: npm run verify

Recomputes every bucket from the raw events and every statement, and compares, all in one snapshot. Open statements are priced from buckets
that were just found to be what the events say, and from the events themselves where a bucket of their meters differs, and for ${DRAWN_STATEMENTS} more that are
drawn by lot; closed ones from the log as it was at their close; and each closed one and its adjustments have to add up to what usage says now.
Ends with 0 when all are equal, with 1 when any is not, with 2 when it cannot tell. It may run while events flow.

  DATA_DIR=.data              where the platform keeps its data; its database is started when it does not run
  DATABASE_URL=postgres://…   the platform's database, when it is one of your own
`;
const EXIT_EQUAL = 0;
const EXIT_DIFFERENT = 1;
const EXIT_FAILED = 2;
/** Compiled to tools/dist/verify. */
const ROOT_DIR = join(import.meta.dirname, '..', '..', '..');
const PATIENCE_MS = 10_000;

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    const wantsHelp = args.every((arg) => ['-h', '--help'].includes(arg));
    (wantsHelp ? process.stdout : process.stderr).write(
      wantsHelp ? USAGE : `received ${args.join(' ')}; expected no arguments\n\n${USAGE}`,
    );
    return wantsHelp ? EXIT_EQUAL : EXIT_FAILED;
  }
  const dataDir = process.env['DATA_DIR'] || '.data';
  let database: VerifiedDatabase | undefined;
  try {
    database = await findDatabase({
      databaseUrl: process.env['DATABASE_URL'],
      dataDir: isAbsolute(dataDir) ? dataDir : resolve(ROOT_DIR, dataDir),
    });
    return await verify(database);
  } catch (error) {
    const hints = error instanceof StackError ? error.hints : [];
    process.stderr.write(`cannot verify: ${[messageOf(error), ...hints].join('\n  ')}\n`);
    return EXIT_FAILED;
  } finally {
    await database?.close();
  }
}

async function verify({ url, isServed }: VerifiedDatabase): Promise<number> {
  const dataSource = await createDataSource({
    url,
    poolSize: 2,
    applicationName: 'tallymark-verify',
    statementTimeoutMs: 0,
  }).initialize();
  try {
    await checkSeesAll(dataSource);
    await checkMigrations(dataSource);
    const left = await waitUntilSettled(dataSource, isServed ? PATIENCE_MS : 0);
    if (!isSettled(left)) {
      const why = isServed ? `after ${PATIENCE_MS / 1_000} s` : 'since the platform does not run';
      print(`${left.events} events and ${left.statements} refreshes of statements are pending ${why}; they are left out on both sides`);
    }
    const { meters, statements } = await verifyUsage(dataSource, (result) => formatMeter(result).forEach(print));
    statements.flatMap(formatStatements).forEach(print);
    print(formatSources(statements));
    print(formatSummary(meters, statements));
    return countDifferences(meters, statements) === 0 ? EXIT_EQUAL : EXIT_DIFFERENT;
  } finally {
    await dataSource.destroy();
  }
}

/** A role that row-level security shows nothing would find everything equal. */
async function checkSeesAll(dataSource: DataSource): Promise<void> {
  const [role]: { name: string; sees_all: boolean }[] = await dataSource.query(
    `SELECT rolname AS name, rolsuper OR rolbypassrls OR rolname = 'tallymark_calc' AS sees_all FROM pg_roles WHERE rolname = current_user`,
  );
  if (role?.sees_all !== true)
    throw new StackError(`the role ${role?.name} does not see every row; expected tallymark_calc or a superuser`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
