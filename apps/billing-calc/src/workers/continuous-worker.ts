import { setTimeout as delay } from 'node:timers/promises';

export interface ContinuousWorkerOptions {
  /** Does one piece of work; false when there was none. */
  readonly step: () => Promise<boolean>;
  /** Longest pause before looking for work again when nobody calls {@link ContinuousWorker.wake}. */
  readonly idleMs: number;
  readonly onError: (error: unknown) => void;
}

/** Pause after an error, doubling up to the greater. */
const ERROR_PAUSE_MS = { first: 100, longest: 5_000 };

/** Repeats a step: at once while there is work, else when woken or after a pause. Errors are reported and tried again, ever slower. */
export class ContinuousWorker {
  private running: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private pause = new AbortController();
  private woken = false;

  constructor(private readonly options: ContinuousWorkerOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  /** There may be work: look now. A call during a step is not lost. */
  wake(): void {
    this.woken = true;
    this.pause.abort();
  }

  /** Lets the running step finish, and ends. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.pause.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    let errorPauseMs = ERROR_PAUSE_MS.first;
    while (!this.stopping.signal.aborted) {
      this.woken = false;
      try {
        const worked = await this.options.step();
        errorPauseMs = ERROR_PAUSE_MS.first;
        if (!worked && !this.woken) await this.rest(this.options.idleMs);
      } catch (error) {
        this.options.onError(error);
        await this.rest(errorPauseMs);
        errorPauseMs = Math.min(errorPauseMs * 2, ERROR_PAUSE_MS.longest);
      }
    }
  }

  private async rest(pauseMs: number): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.pause = new AbortController();
    await delay(pauseMs, undefined, { signal: this.pause.signal }).catch(() => undefined);
  }
}
