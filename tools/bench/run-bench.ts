import type { BenchContext, MeasureRow } from './context.js';
import { startLoadClient } from './load/load-client.js';
import type { Measurement } from './measurement.js';
import type { BenchOptions } from './options.js';
import { startBenchServer } from './world/bench-server.js';

type End = () => Promise<unknown>;

/** Measures the rows one after the other on one server. Whatever happens, everything that was started is ended. */
export async function runBench(
  { names, scale, profileDir }: Pick<BenchOptions, 'names' | 'scale' | 'profileDir'>,
  rows: Readonly<Record<string, MeasureRow>>,
  tell: (line: string) => void,
): Promise<Measurement[]> {
  const endsOfRun: End[] = [];
  try {
    const server = await startBenchServer();
    endsOfRun.push(() => server.stop());
    const load = startLoadClient();
    endsOfRun.push(() => load.stop());
    const made = new Map<string, Promise<unknown>>();
    const measurements: Measurement[] = [];
    for (const name of names) {
      const endsOfRow: End[] = [];
      const contextOf = (ends: End[]): BenchContext => ({
        server,
        load,
        scale,
        profileDir,
        tell: (line) => tell(`${name}: ${line}`),
        onEnd: (end) => ends.push(end),
        shared: <T>(key: string, make: (context: BenchContext) => Promise<T>): Promise<T> => {
          if (!made.has(key)) made.set(key, make(contextOf(endsOfRun)));
          return made.get(key) as Promise<T>;
        },
      });
      try {
        measurements.push(...(await rows[name]!(contextOf(endsOfRow))));
      } finally {
        await endAll(endsOfRow);
      }
    }
    return measurements;
  } finally {
    await endAll(endsOfRun);
  }
}

/** The last first, each even when one before it failed. */
async function endAll(ends: End[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ends.reverse()) await end().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} parts could not be ended`);
}
