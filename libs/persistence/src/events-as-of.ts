import { firstCommitId } from './event-identity.js';

/** An instant after every commit and correction there will be: the log as it stands now, whatever has become of meters since. */
export const LATEST_INSTANT = new Date('2200-01-01T00:00:00Z');

/**
 * The condition, in SQL, that an event `e` counted at an instant: it was received before and counted by then, no correction that stood then takes it
 * out, and where a correction put it in, that one stood. Commits that are not folded yet have not been counted at all.
 *
 * The instant is a cut-off that a close has chosen (see `chooseCutoffs`), or one after all of them: which events were counted is known of no other.
 */
export function effectiveAsOf(instant: Date): string {
  const text = instant.toISOString();
  const stood = `k.applied_at < '${text}' AND (k.reverted_at IS NULL OR k.reverted_at >= '${text}')`;
  return `(e.commit_id < ${firstCommitId(instant)} OR e.correction_id IS NOT NULL)
      AND NOT EXISTS (SELECT FROM late_commit l WHERE l.organization_id = e.organization_id AND l.commit_id = e.commit_id AND l.counted_after >= '${text}')
      AND (e.correction_id IS NULL OR EXISTS (SELECT FROM correction k WHERE k.id = e.correction_id AND ${stood}))
      AND NOT EXISTS (
        SELECT FROM correction_event v JOIN correction k ON k.id = v.correction_id
        WHERE v.shard_key = e.shard_key AND v.occurred_at = e.occurred_at AND v.identity = e.identity AND v.action = 'void' AND ${stood})
      AND NOT EXISTS (SELECT FROM ingest_commit p WHERE p.organization_id = e.organization_id AND p.commit_id = e.commit_id)`;
}
