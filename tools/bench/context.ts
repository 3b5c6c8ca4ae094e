import type { LoadClient } from './load/load-client.js';
import type { Measurement } from './measurement.js';
import type { BenchDatabase, BenchServer } from './world/bench-server.js';
import type { ServiceStart } from './world/bench-service.js';

/** What the measuring of a row stands on. */
export interface BenchContext {
  readonly server: BenchServer;
  readonly load: LoadClient;
  /** Share of the full sizes. */
  readonly scale: number;
  readonly profileDir: string | undefined;
  /** Tells the terminal what is under way. */
  readonly tell: (line: string) => void;
  /** Something to end when the row is done, whatever came of it; the last one is ended first. */
  readonly onEnd: (end: () => Promise<unknown>) => void;
  /** What takes minutes to make and several rows read: made once, ended with the run. */
  readonly shared: <T>(name: string, make: (context: BenchContext) => Promise<T>) => Promise<T>;
}

/** Measures one row of the table. */
export type MeasureRow = (context: BenchContext) => Promise<Measurement[]>;

/** A size at the run's scale, at least `least`. */
export function scaled({ scale }: BenchContext, size: number, least = 1): number {
  return Math.max(least, Math.round(size * scale));
}

/** A migrated database that goes when the row is done. */
export async function useDatabase(context: BenchContext, name: string): Promise<BenchDatabase> {
  const database = await context.server.createDatabase(name);
  context.onEnd(() => context.server.dropDatabase(database));
  return database;
}

/** How to start a service of the row. */
export function serviceStart(context: BenchContext, database: BenchDatabase): ServiceStart {
  return { server: context.server, database, profileDir: context.profileDir };
}
