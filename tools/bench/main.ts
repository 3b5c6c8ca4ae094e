import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { messageOf } from '../stack/stack-error.js';
import type { MeasureRow } from './context.js';
import { judge, type Measurement, ratioOf } from './measurement.js';
import { type BenchOptions, readOptions, USAGE, UsageError } from './options.js';
import { formatMarkdown, formatTable } from './report.js';
import { measureBackPressure } from './rows/back-pressure.js';
import { measureFold } from './rows/fold.js';
import { measureFreshness } from './rows/freshness.js';
import { measureIngestBatch } from './rows/ingest-batch.js';
import { measureIngestDuplicates } from './rows/ingest-duplicates.js';
import { measureIngestGrowth } from './rows/ingest-growth.js';
import { measureIngestSingle } from './rows/ingest-single.js';
import { measureMemory } from './rows/memory.js';
import { measureReadGrowth } from './rows/read-growth.js';
import { measureRead } from './rows/read.js';
import { measureRecompute } from './rows/recompute.js';
import { runBench } from './run-bench.js';

/** The table, in its order. */
const ROWS: Readonly<Record<string, MeasureRow>> = {
  'ingest-batch': measureIngestBatch,
  'ingest-single': measureIngestSingle,
  'ingest-duplicates': measureIngestDuplicates,
  'ingest-growth': measureIngestGrowth,
  freshness: measureFreshness,
  fold: measureFold,
  read: measureRead,
  'read-growth': measureReadGrowth,
  recompute: measureRecompute,
  memory: measureMemory,
  'back-pressure': measureBackPressure,
};

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions;
  try {
    options = readOptions(args, Object.keys(ROWS));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const machine = describeMachine();
  process.stderr.write(`${machine.processors} × ${machine.model}, load ${machine.load.join(' ')}, scale ${options.scale}\n`);
  try {
    const measurements = await runBench(options, ROWS, (line) => process.stderr.write(`  ${line}\n`));
    process.stdout.write(`\n${options.markdown ? formatMarkdown(measurements) : formatTable(measurements)}\n`);
    if (options.jsonFile !== undefined)
      writeFileSync(options.jsonFile, `${JSON.stringify({ ...machine, scale: options.scale, rows: measurements.map(toJson) }, null, 2)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`the benchmark failed: ${messageOf(error)}\n`);
    return 1;
  }
}

/** What the figures depend on, and the load before anything was started. */
function describeMachine() {
  return {
    date: new Date().toISOString(),
    processors: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
    node: process.version,
    load: loadavg().map((value) => Number(value.toFixed(2))),
  };
}

function toJson(measurement: Measurement): object {
  return { ...measurement, ratio: ratioOf(measurement), outcome: judge(measurement) };
}
