import { EVENT_LIMITS } from '@tallymark/domain';

/** Of one correction. Stated in the OpenAPI document and quoted in errors. */
export const CORRECTION_LIMITS = {
  /** Given in a backfill. Those it takes out have no limit. */
  events: 10_000,
  subjects: 1_000,
  types: 100,
  requestBytes: EVENT_LIMITS.requestBytes,
  /** How long an answer waits for the work to be done before it is 202. */
  waitMs: 10_000,
} as const;

export const CORRECTIONS_PATH = '/platform/v1/corrections';
