/** The part of `process` that a shutdown needs. */
export interface ShutdownProcess {
  on(event: 'SIGTERM' | 'SIGINT' | 'disconnect', listener: () => void): unknown;
  exit(code: number): void;
  /** Present when a parent process holds an IPC channel to this one. */
  readonly send?: unknown;
}

/** What a shutdown does. */
export interface ShutdownOptions {
  readonly graceMs: number;
  /** Refuses new work; must not take time. */
  readonly drain: () => void;
  /** Finishes running work and lets go of everything. */
  readonly close: (reason: string) => Promise<void>;
  readonly log: (message: string, error?: unknown) => void;
}

/** 128 + the number of SIGINT, as a shell reports a process that was interrupted. */
const EXIT_INTERRUPTED = 130;

/**
 * Ends the process in good order on SIGTERM, on SIGINT, and when the supervisor that forked it is gone: drains, closes,
 * exits with 0; with 1 when closing fails or lasts longer than `graceMs`. The same signal a second time ends it at once. (Two
 * different ones are one wish: Ctrl-C reaches a child from the terminal, and again as SIGTERM from its supervisor.)
 */
export function installShutdown(target: ShutdownProcess, options: ShutdownOptions): void {
  const received = new Set<string>();
  const begin = (reason: string): void => {
    if (received.has(reason)) {
      options.log(`${reason} again: exiting at once`);
      target.exit(EXIT_INTERRUPTED);
      return;
    }
    received.add(reason);
    if (received.size === 1) void shutDown(target, options, reason);
  };
  target.on('SIGTERM', () => begin('SIGTERM'));
  target.on('SIGINT', () => begin('SIGINT'));
  if (target.send !== undefined) target.on('disconnect', () => begin('disconnect'));
}

async function shutDown(target: ShutdownProcess, { graceMs, drain, close, log }: ShutdownOptions, reason: string): Promise<void> {
  log(`${reason}: finishing what runs, for at most ${graceMs} ms`);
  const timer = setTimeout(() => {
    log(`not finished after ${graceMs} ms: exiting`);
    target.exit(1);
  }, graceMs);
  try {
    drain();
    await close(reason);
    clearTimeout(timer);
    target.exit(0);
  } catch (error) {
    clearTimeout(timer);
    log('closing failed', error);
    target.exit(1);
  }
}
