import type { DataSource } from 'typeorm';

/** One run of a timed job. */
export interface LeasedRun {
  readonly jobId: string;
  /** Who runs it, for people. */
  readonly holder: string;
  /** The tick of the schedule that calls for the run: instances that hear the same tick run the job once. */
  readonly scheduledAt: Date;
  /** How long the lease holds if the holder dies. */
  readonly timeoutMs: number;
}

/**
 * Runs a job unless another instance is running it, or has run it for this tick already, by a lease in `job_run`.
 *
 * @returns false when it was not ours to run.
 * @throws what the job throws, after writing it down.
 */
export async function runLeased(dataSource: DataSource, run: LeasedRun, job: () => Promise<void>): Promise<boolean> {
  const taken: unknown[] = await dataSource.query(
    `INSERT INTO job_run AS j (job_id, leased_by, leased_until, started_at) VALUES ($1, $2, now() + $3 * interval '1 millisecond', $4)
     ON CONFLICT (job_id) DO UPDATE SET leased_by = excluded.leased_by, leased_until = excluded.leased_until, started_at = excluded.started_at
     WHERE (j.leased_until IS NULL OR j.leased_until < now()) AND (j.started_at IS NULL OR j.started_at < excluded.started_at)
     RETURNING job_id`,
    [run.jobId, run.holder, run.timeoutMs, run.scheduledAt],
  );
  if (taken.length === 0) return false;
  let error: unknown;
  try {
    await job();
  } catch (caught) {
    error = caught;
  }
  await dataSource.query(
    'UPDATE job_run SET leased_by = NULL, leased_until = NULL, finished_at = now(), error = $3 WHERE job_id = $1 AND leased_by = $2',
    [run.jobId, run.holder, error === undefined ? null : String(error)],
  );
  if (error !== undefined) throw error;
  return true;
}
