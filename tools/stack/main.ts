import { join } from 'node:path';
import { loadDemo } from '../demo/load-demo.js';
import { parseStackOptions, type StackOptions, USAGE } from './options.js';
import { assertPortFree } from './ports.js';
import { formatEmptyBlock, formatReadyBlock } from './ready-block.js';
import { acquireRunLock } from './run-lock.js';
import { createStack, type Platform, type Stack } from './stack.js';
import { StackError } from './stack-error.js';
import { listenForStopRequests } from './stop-requests.js';
import { createSteps, formatDuration, type RunStep } from './steps.js';

// Compiled to tools/dist/stack.
const ROOT_DIR = join(import.meta.dirname, '..', '..', '..');

const begin = performance.now();
const stopping = new AbortController();
process.exitCode = await run();
// Nothing runs any more; an idle connection somewhere must not hold the process.
process.exit();

async function run(): Promise<number> {
  let releaseLock: (() => void) | undefined;
  let stack: Stack | undefined;
  try {
    const options = parseStackOptions(process.argv.slice(2), process.env, ROOT_DIR);
    if (options === null) {
      process.stdout.write(USAGE);
      return 0;
    }
    releaseLock = acquireRunLock(options.dataDir, options.port);
    await assertPortFree(options.port);
    const step = createSteps(process.stdout);
    stack = createStack({ options, rootDir: ROOT_DIR, step, announce });
    listen(stack);
    await Promise.race([runUntilStopped(options, stack, step), aborted(stopping.signal)]);
  } catch (error) {
    if (!stopping.signal.aborted) {
      printError(error);
      await stopAll(stack);
      return 1;
    }
  } finally {
    await stopAll(stack);
    releaseLock?.();
  }
  process.stdout.write('  stopped; the data is kept\n');
  return 0;
}

async function runUntilStopped(options: StackOptions, stack: Stack, step: RunStep): Promise<void> {
  const platform = await stack.start();
  process.stdout.write(
    options.demo
      ? formatReadyBlock(await prepareDemo(options, platform, step), new Date())
      : formatEmptyBlock(platform.baseUrl, platform.secrets.operatorToken),
  );
  process.stdout.write(`  ready after ${formatDuration(performance.now() - begin)}; Ctrl-C stops everything\n\n`);
  await aborted(stopping.signal);
}

async function prepareDemo(
  { demoDataDir, dataDir }: StackOptions,
  { baseUrl, services, secrets }: Platform,
  step: RunStep,
): ReturnType<typeof loadDemo> {
  return loadDemo({
    baseUrl,
    ingestUrl: services.urlOf('ingest'),
    billingCalcUrl: services.urlOf('billing-calc'),
    operatorToken: secrets.operatorToken,
    demoDataDir,
    dataDir,
    step,
    terminal: process.stdout,
    signal: stopping.signal,
  });
}

function listen(stack: Stack): void {
  // The terminal may be gone when we say goodbye.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  listenForStopRequests({
    first: (reason) => {
      process.stdout.write(`\n  ${reason}: stopping the gateway, the services, PostgreSQL (Ctrl-C again ends them at once)\n`);
      stopping.abort();
    },
    again: () => {
      stack.kill();
      process.exit(130);
    },
  });
}

async function stopAll(stack: Stack | undefined): Promise<void> {
  stopping.abort();
  await stack?.stop();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((settle) => (signal.aborted ? settle() : signal.addEventListener('abort', () => settle(), { once: true })));
}

function announce(line: string): void {
  if (!stopping.signal.aborted) process.stdout.write(`  ${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

function printError(error: unknown): void {
  if (error instanceof StackError) {
    process.stderr.write(`\n${[error.message, ...error.hints.map((hint) => `  ${hint}`)].join('\n')}\n\n`);
  } else {
    process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n\n`);
  }
}
