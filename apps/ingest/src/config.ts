import { baseConfig, integerVariable } from '@tallymark/service-kit';
import type { z } from 'zod';

/** The environment of ingest. */
export const ingestConfig = baseConfig.extend({
  /** Calendar months before the current one that events may date from; as long as billing-calc keeps them. */
  RETENTION_MONTHS: integerVariable({ min: 1, max: 120, default: 13 }),
  /** Events that may wait for a commit before further requests are told to come back later. */
  INGEST_QUEUE_EVENTS: integerVariable({ min: 1_000, max: 1_000_000, default: 50_000 }),
});
export type IngestConfig = z.infer<typeof ingestConfig>;
