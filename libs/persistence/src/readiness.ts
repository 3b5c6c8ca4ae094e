import type { DataSource } from 'typeorm';
import { MIGRATIONS } from './data-source.js';

/** @throws Error that says which migrations are missing, or the driver's error when the database is away. */
export async function checkMigrations(dataSource: DataSource): Promise<void> {
  const rows: { applied_migrations: string }[] = await dataSource.query('SELECT applied_migrations()');
  const applied = new Set(rows.map((row) => row.applied_migrations));
  const missing = MIGRATIONS.map((migration) => migration.name).filter((name) => !applied.has(name));
  if (missing.length > 0) throw new Error(`migrations not applied: ${missing.join(', ')}`);
}
