import { hostname } from 'node:os';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource, runLeased } from '@tallymark/persistence';
import { CLOCK, type Clock } from '@tallymark/service-kit';
import { CronJob } from 'cron';
import type { BillingCalcConfig } from '../config.js';
import { WORK_CONFIG } from '../workers/tokens.js';
import { JOBS, type Job } from './jobs.js';

/** Puts the list of jobs on the schedule. A job itself is a function of its context, which tests call. */
@Injectable()
export class JobsService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('jobs');
  private readonly holder = `${hostname()}:${process.pid}`;
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly scheduler: SchedulerRegistry,
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(WORK_CONFIG) private readonly config: BillingCalcConfig,
  ) {}

  onApplicationBootstrap(): void {
    for (const job of JOBS) {
      const cron = CronJob.from({ cronTime: job.schedule, timeZone: 'UTC', onTick: () => this.track(this.tick(job)) });
      this.scheduler.addCronJob(job.id, cron);
      cron.start();
      if (job.atStart) this.track(this.tick(job));
    }
  }

  async onApplicationShutdown(): Promise<void> {
    for (const cron of this.scheduler.getCronJobs().values()) void cron.stop();
    await Promise.all(this.running);
  }

  /** Runs a job for the tick that is due, if it is ours to run. Failures are logged and written to `job_run`; the next tick tries again. */
  async tick(job: Job): Promise<void> {
    const now = this.now();
    // Instances hear a tick within milliseconds of each other; the whole second is the tick.
    const scheduledAt = new Date(Math.floor(now.getTime() / 1_000) * 1_000);
    try {
      const ran = await runLeased(this.dataSource, { jobId: job.id, holder: this.holder, scheduledAt, timeoutMs: job.timeoutMs }, () =>
        job.run({ dataSource: this.dataSource, now, retentionMonths: this.config.RETENTION_MONTHS }),
      );
      if (ran) this.logger.log(`${job.id} done`);
    } catch (error) {
      this.logger.error(error, `${job.id} failed`);
    }
  }

  private track(run: Promise<void>): void {
    this.running.add(run);
    void run.finally(() => this.running.delete(run));
  }
}
