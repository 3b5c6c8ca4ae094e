import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, listenForNotifications, performCorrection } from '@tallymark/persistence';
import { CLOCK, type Clock, Counter, Registry } from '@tallymark/service-kit';
import type { BillingCalcConfig } from '../config.js';
import { ContinuousWorker } from './continuous-worker.js';
import { WORK_CONFIG } from './tokens.js';

/** Makes the corrections that are asked for, one after another. Any number of instances may run. */
@Injectable()
export class CorrectionWorkerService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('corrections');
  private readonly worker: ContinuousWorker;
  private readonly done: Counter<'task' | 'outcome'>;
  private listener: { close(): Promise<void> } | undefined;

  constructor(
    private readonly dataSource: DataSource,
    registry: Registry,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(WORK_CONFIG) private readonly config: BillingCalcConfig,
  ) {
    this.worker = new ContinuousWorker({
      step: () => this.correct(),
      idleMs: config.POLL_MS,
      onError: (error) => this.logger.error(error, 'a correction failed; trying again'),
    });
    this.done = new Counter({
      name: 'corrections_total',
      help: 'Tasks of corrections that were done or refused',
      labelNames: ['task', 'outcome'],
      registers: [registry],
    });
  }

  onApplicationBootstrap(): void {
    this.listener = listenForNotifications(this.config.DATABASE_URL, ['tallymark_correction'], () => this.worker.wake());
    this.worker.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.listener?.close(), this.worker.stop()]);
  }

  private async correct(): Promise<boolean> {
    const performed = await performCorrection(this.dataSource, this.now);
    if (performed === null) return false;
    const { id, task, failure, error } = performed;
    this.done.inc({ task, outcome: failure === null ? 'done' : failure.code });
    if (error !== null) this.logger.error(error, `correction ${id}: ${task} failed`);
    this.logger.log(`correction ${id}: ${task} ${failure === null ? 'done' : `refused: ${failure.code}`}`);
    return true;
  }
}
