import { type MigrateConfig, MigrateConfigError, readMigrateConfig } from './config.js';
import { DATABASE_ROLES, migrate, provisionRoles, roleName } from './provisioning.js';

// `node libs/persistence/dist/migrate-cli.js`: makes the roles and brings the schema up to date, before the services start. Safe to repeat.
try {
  await run(readMigrateConfig(), new Date());
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  print(process.stderr, error instanceof MigrateConfigError ? reason : `The database was not made ready: ${reason}`);
  process.exitCode = 1;
}

async function run({ adminUrl, passwords }: MigrateConfig, now: Date): Promise<void> {
  const urls = await provisionRoles(adminUrl, passwords);
  print(process.stdout, `Roles have their passwords: ${DATABASE_ROLES.map(roleName).join(', ')}`);
  const { applied } = await migrate(urls.owner, now);
  print(process.stdout, applied.length === 0 ? 'Schema is up to date' : `Migrations applied: ${applied.join(', ')}`);
}

function print(stream: NodeJS.WritableStream, line: string): void {
  stream.write(`${line}\n`);
}
