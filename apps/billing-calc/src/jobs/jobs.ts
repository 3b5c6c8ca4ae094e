import {
  type DataSource,
  closeDueStatements,
  dropOldPartitions,
  dropOldVersions,
  ensurePartitions,
  queueRunningStatements,
  queueSilentRecounts,
} from '@tallymark/persistence';

/** A timed job as data: everything there is to know about when and how it runs. */
export interface Job {
  readonly id: string;
  readonly description: string;
  /** Cron with seconds, in UTC. */
  readonly schedule: string;
  /** A run that takes longer has lost its lease, and another may begin. */
  readonly timeoutMs: number;
  /** `skip`: a tick during a run, of this or another instance, does nothing. */
  readonly overlap: 'skip';
  /** Whether to run once when a service starts too, so that a platform that slept catches up. */
  readonly atStart: boolean;
  readonly run: (context: JobContext) => Promise<void>;
}

export interface JobContext {
  readonly dataSource: DataSource;
  readonly now: Date;
  readonly retentionMonths: number;
}

const MINUTE_MS = 60_000;

/** Every timed job of the platform. */
export const JOBS: readonly Job[] = [
  {
    id: 'partitions.ensure',
    description: 'Makes the month partitions that kept and coming events need',
    schedule: '0 10 * * * *',
    timeoutMs: 5 * MINUTE_MS,
    overlap: 'skip',
    atStart: true,
    run: async ({ dataSource, now, retentionMonths }) => {
      await ensurePartitions((sql, parameters) => dataSource.query(sql, parameters), now, retentionMonths);
    },
  },
  {
    id: 'partitions.drop',
    description: 'Drops months of events and usage, and what statements said in them, past retention',
    schedule: '0 40 3 * * *',
    timeoutMs: 30 * MINUTE_MS,
    overlap: 'skip',
    atStart: true,
    run: async ({ dataSource, now, retentionMonths }) => {
      await dropOldPartitions(dataSource, now, retentionMonths);
      await dropOldVersions(dataSource.manager, new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - retentionMonths)));
    },
  },
  {
    id: 'statements.refresh',
    description: 'Refreshes the open statement of every running subscription, so that new periods get one and projections follow the clock',
    schedule: '5 */15 * * * *',
    timeoutMs: 10 * MINUTE_MS,
    overlap: 'skip',
    atStart: true,
    run: ({ dataSource, now }) => queueRunningStatements(dataSource, now),
  },
  {
    id: 'statements.close',
    description: 'Closes every statement whose grace is over, for good',
    schedule: '20 * * * * *',
    timeoutMs: 5 * MINUTE_MS,
    overlap: 'skip',
    atStart: true,
    run: async ({ dataSource, now }) => {
      await closeDueStatements(dataSource, now);
    },
  },
  {
    id: 'statements.recount',
    description: 'Counts closed statements anew that events may reach unnoticed: of subjects and meters that are no longer in use',
    schedule: '0 10 4 * * *',
    timeoutMs: 30 * MINUTE_MS,
    overlap: 'skip',
    atStart: false,
    run: ({ dataSource, now }) => queueSilentRecounts(dataSource, now),
  },
];
