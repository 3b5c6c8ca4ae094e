import { effectiveAsOf } from './events-as-of.js';

/**
 * Where usage is read from. `buckets`: what is folded, with the events where a window cuts a bucket. `events`: the log alone, to check what the
 * buckets say. `eventsAsOf`: the log as it stood at an instant, without the events received and the corrections made from then on.
 */
export type UsageSource = 'buckets' | 'events' | { readonly eventsAsOf: Date };

/** The condition, in SQL, that an event `e` of the log counts. */
export function effectiveIn(source: UsageSource): string {
  return typeof source === 'string' ? FOLDED_AND_NOT_VOIDED : effectiveAsOf(source.eventsAsOf);
}

/** Commits that are not folded yet are left out, so that the events say what the buckets say. */
const FOLDED_AND_NOT_VOIDED = `e.voided_by IS NULL
      AND NOT EXISTS (SELECT FROM ingest_commit p WHERE p.organization_id = e.organization_id AND p.commit_id = e.commit_id)`;
