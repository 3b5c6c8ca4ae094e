import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import {
  DataSource,
  foldBacklog,
  foldNewMeters,
  foldPendingCommits,
  listenForNotifications,
  refreshQueuedStatements,
} from '@tallymark/persistence';
import { CLOCK, type Clock, Counter, Gauge, Registry } from '@tallymark/service-kit';
import type { BillingCalcConfig } from '../config.js';
import { ContinuousWorker } from './continuous-worker.js';
import { WORK_CONFIG } from './tokens.js';

/**
 * The continuous work: fold what came in, then price what it touched. Any number of instances may run; they share the work through row locks.
 * Notifications wake it within milliseconds of a commit; polling finds what a lost one would have told of.
 */
@Injectable()
export class WorkService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('work');
  private readonly foldWorker: ContinuousWorker;
  private readonly statementWorker: ContinuousWorker;
  private listener: { close(): Promise<void> } | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly registry: Registry,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(WORK_CONFIG) private readonly config: BillingCalcConfig,
  ) {
    this.foldWorker = new ContinuousWorker({
      step: () => this.fold(),
      idleMs: config.POLL_MS,
      onError: (error) => this.logger.error(error, 'folding failed; trying again'),
    });
    this.statementWorker = new ContinuousWorker({
      step: () => this.refreshStatements(),
      idleMs: config.POLL_MS,
      onError: (error) => this.logger.error(error, 'refreshing statements failed; trying again'),
    });
  }

  onApplicationBootstrap(): void {
    this.addMetrics();
    this.listener = listenForNotifications(
      this.config.DATABASE_URL,
      ['tallymark_commit', 'tallymark_meter', 'tallymark_statement'],
      (channel) => (channel === 'tallymark_statement' ? this.statementWorker.wake() : this.foldWorker.wake()),
    );
    this.foldWorker.start();
    this.statementWorker.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.listener?.close(), this.foldWorker.stop(), this.statementWorker.stop()]);
  }

  private foldedEvents: Counter | undefined;
  private refreshedStatements: Counter | undefined;

  private async fold(): Promise<boolean> {
    const meters = await foldNewMeters(this.dataSource);
    if (meters.length > 0) this.logger.log(`folded the log for new meters: ${meters.join(', ')}`);
    const { commits, events } = await foldPendingCommits(this.dataSource);
    this.foldedEvents?.inc(events);
    if (commits > 0 || meters.length > 0) this.statementWorker.wake();
    return commits > 0 || meters.length > 0;
  }

  private async refreshStatements(): Promise<boolean> {
    const refreshed = await refreshQueuedStatements(this.dataSource, this.now());
    this.refreshedStatements?.inc(refreshed);
    return refreshed > 0;
  }

  private addMetrics(): void {
    const registers = [this.registry];
    this.foldedEvents = new Counter({ name: 'fold_events_total', help: 'Events folded into buckets', registers });
    this.refreshedStatements = new Counter({ name: 'statements_refreshed_total', help: 'Statements priced anew', registers });
    const waiting = new Gauge({ name: 'fold_pending_events', help: 'Events that wait to be folded', registers });
    const lag = new Gauge({
      name: 'fold_lag_seconds',
      help: 'Age of the oldest commit that is not folded',
      registers,
      collect: async () => {
        const backlog = await foldBacklog(this.dataSource, this.now());
        waiting.set(backlog.events);
        lag.set(backlog.oldestAgeMs / 1_000);
      },
    });
  }
}
