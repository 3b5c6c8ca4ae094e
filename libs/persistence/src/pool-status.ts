import type pg from 'pg';
import type { DataSource } from 'typeorm';

/** Connections of a data source's pool, and requests that wait for one. */
export function poolStatus(dataSource: DataSource): { readonly total: number; readonly idle: number; readonly waiting: number } {
  const pool = (dataSource.driver as unknown as { readonly master: pg.Pool }).master;
  return { total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount };
}
