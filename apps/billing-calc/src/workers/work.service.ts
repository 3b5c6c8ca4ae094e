import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import {
  DataSource,
  type FoldBacklog,
  type SetAside,
  createSetAside,
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
  /** Apart from the fold, which goes on while the kept log is folded for a new meter. */
  private readonly meterWorker: ContinuousWorker;
  /** What can't be folded or priced is passed over for a while: its organization's usage is that much older, everybody else's is not. */
  private readonly asideCommits: SetAside;
  private readonly asideSubscriptions: SetAside;
  private readonly stopping = new AbortController();
  private listener: { close(): Promise<void> } | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly registry: Registry,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(WORK_CONFIG) private readonly config: BillingCalcConfig,
  ) {
    this.asideCommits = createSetAside(now, ({ organizationId, id }, error) => {
      this.foldFailures?.inc();
      this.logger.error(error, `commit ${id} of organization ${organizationId} can't be folded; others go on`);
    });
    this.asideSubscriptions = createSetAside(now, ({ organizationId, id }, error) => {
      this.statementFailures?.inc();
      this.logger.error(error, `statements of subscription ${id} of organization ${organizationId} can't be made; others go on`);
    });
    this.foldWorker = new ContinuousWorker({
      step: () => this.fold(),
      idleMs: config.POLL_MS,
      onError: (error) => this.logger.error(error, 'folding failed; trying again'),
    });
    this.meterWorker = new ContinuousWorker({
      step: () => this.foldMeters(),
      idleMs: config.POLL_MS,
      onError: (error) => this.logger.error(error, 'folding the log for a new meter failed; starting over'),
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
      (channel) => this.workerOf(channel).wake(),
    );
    this.foldWorker.start();
    this.meterWorker.start();
    this.statementWorker.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.listener?.close(), this.foldWorker.stop(), this.meterWorker.stop(), this.statementWorker.stop()]);
  }

  /** What waits to be folded, without what was tried and can't be: that folding goes on is seen from the rest. Where it does not go on, all of it. */
  backlog(): Promise<FoldBacklog> {
    return foldBacklog(this.dataSource, this.now(), this.asideCommits.isStalled() ? [] : this.asideCommits.failing());
  }

  private workerOf(channel: string): ContinuousWorker {
    if (channel === 'tallymark_statement') return this.statementWorker;
    return channel === 'tallymark_meter' ? this.meterWorker : this.foldWorker;
  }

  private foldedEvents: Counter | undefined;
  private refreshedStatements: Counter | undefined;
  private foldFailures: Counter | undefined;
  private roundsInParts: Counter | undefined;
  private statementFailures: Counter | undefined;

  private async fold(): Promise<boolean> {
    const { commits, events } = await foldPendingCommits(this.dataSource, this.asideCommits, (count, error) => {
      this.roundsInParts?.inc();
      this.logger.warn(error, `a round of ${count} commits failed as a whole; it is folded in parts`);
    });
    if (commits === 0) return false;
    this.asideCommits.noteDone();
    this.foldedEvents?.inc(events);
    this.statementWorker.wake();
    return true;
  }

  private async foldMeters(): Promise<boolean> {
    const meters = await foldNewMeters(this.dataSource, { signal: this.stopping.signal });
    if (meters.length === 0) return false;
    this.logger.log(`folded the log for new meters: ${meters.join(', ')}`);
    this.statementWorker.wake();
    return true;
  }

  private async refreshStatements(): Promise<boolean> {
    const refreshed = await refreshQueuedStatements(this.dataSource, this.now(), this.asideSubscriptions);
    this.refreshedStatements?.inc(refreshed);
    return refreshed > 0;
  }

  private addMetrics(): void {
    const registers = [this.registry];
    this.foldedEvents = new Counter({ name: 'fold_events_total', help: 'Events folded into buckets', registers });
    this.refreshedStatements = new Counter({ name: 'statements_refreshed_total', help: 'Statements priced anew', registers });
    this.foldFailures = new Counter({
      name: 'fold_failures_total',
      help: 'Commits that could not be folded, each time that one is tried',
      registers,
    });
    this.roundsInParts = new Counter({
      name: 'fold_rounds_in_parts_total',
      help: 'Rounds of folding that failed as a whole and were folded in parts, whatever came of these',
      registers,
    });
    this.statementFailures = new Counter({
      name: 'statement_failures_total',
      help: 'Subscriptions whose statements could not be made, each time that one is tried',
      registers,
    });
    const aside: Gauge = new Gauge({
      name: 'fold_set_aside_commits',
      help: 'Commits that could not be folded when this instance last tried, and hold back the time up to which usage is complete',
      registers,
      collect: () => {
        aside.set(this.asideCommits.failing().length);
      },
    });
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
    const readinessLag: Gauge = new Gauge({
      name: 'fold_readiness_lag_seconds',
      help: 'Age of the oldest commit that is not folded, as /readyz counts it: without those set aside, as long as others are folded',
      registers,
      collect: async () => {
        readinessLag.set((await this.backlog()).oldestAgeMs / 1_000);
      },
    });
  }
}
