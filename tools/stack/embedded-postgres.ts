import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@tallymark/persistence';
import { nextBackoff } from './backoff.js';
import { openLog } from './log-file.js';
import { messageOf, StackError } from './stack-error.js';
import { formatDuration } from './steps.js';

type EmbeddedPostgres = Awaited<ReturnType<typeof startEmbeddedPostgres>>;

/** An embedded server that is started again when it dies. */
export interface KeptPostgres {
  /** The superuser's URL. Changes only when the port was taken while the server was down. */
  readonly url: () => string;
  /** Resolves when the server runs: at once, as a rule. */
  readonly running: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** `kill -9`, now. */
  readonly kill: () => void;
}

/** What the one who keeps the server is told. */
export interface PostgresEvents {
  readonly announce: (line: string) => void;
  /** The server came back at another address: whoever knows the old one must be started again. */
  readonly onMoved: () => void;
}

/**
 * Starts the server in `<dataDir>/postgres` and keeps it running.
 *
 * @param fresh delete its data first.
 * @throws {@link StackError} when it cannot be started the first time.
 */
export async function keepPostgres(dataDir: string, fresh: boolean, events: PostgresEvents): Promise<KeptPostgres> {
  const log = createWriteStream('', { fd: openLog(dataDir, 'postgres') });
  const start = (more: { port?: number; fresh?: boolean }): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), onLog: (line) => log.write(`${line}\n`), ...more });

  let server = await start({ fresh }).catch((error: unknown) => {
    throw describeFailure(error);
  });
  let running = Promise.resolve();
  const stopping = new AbortController();

  const keep = async (): Promise<void> => {
    let backoffMs: number | undefined;
    let startedAt = performance.now();
    for (;;) {
      const { code, signal } = await server.exited;
      if (stopping.signal.aborted) return;
      const diedAt = performance.now();
      events.announce(`PostgreSQL ended (${signal ?? `code ${code}`}); starting it again`);
      running = (async () => {
        for (;;) {
          backoffMs = nextBackoff(backoffMs, performance.now() - startedAt);
          await delay(backoffMs, undefined, { signal: stopping.signal });
          startedAt = performance.now();
          try {
            server = await startAgain(start, server.port, events.onMoved);
            return;
          } catch (error) {
            events.announce(`PostgreSQL does not start: ${messageOf(error)}`);
          }
        }
      })();
      try {
        await running;
      } catch {
        return; // We are stopping.
      }
      events.announce(`PostgreSQL is back after ${formatDuration(performance.now() - diedAt)}`);
    }
  };
  const kept = keep();

  return {
    url: () => server.url,
    running: () => running,
    stop: async () => {
      stopping.abort();
      await server.stop();
      await kept;
      log.end();
    },
    kill: () => {
      stopping.abort();
      void server.kill();
    },
  };
}

/** The same port first, since the services know it. */
async function startAgain(
  start: (more: { port?: number }) => Promise<EmbeddedPostgres>,
  port: number,
  onMoved: () => void,
): Promise<EmbeddedPostgres> {
  try {
    return await start({ port });
  } catch (error) {
    if (!messageOf(error).includes('Address already in use')) throw error;
    const server = await start({});
    onMoved();
    return server;
  }
}

function describeFailure(error: unknown): StackError {
  const hints =
    error instanceof Error && error.name === 'DataDirectoryVersionError'
      ? [
          'Begin anew: npm start -- --fresh',
          'Or keep it and use another directory: DATA_DIR=.data-new npm start',
          'Or take it along with pg_dump of the old version and DATABASE_URL.',
        ]
      : [];
  return new StackError(messageOf(error), hints, error);
}
