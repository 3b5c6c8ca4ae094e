import { API_REQUEST_EVENT } from '@tallymark/provider-contracts';
import { baseConfig, integerVariable } from '@tallymark/service-kit';
import { z } from 'zod';

/** The environment of ingest. */
export const ingestConfig = baseConfig.extend({
  /** Calendar months before the current one that events may date from; as long as billing-calc keeps them. */
  RETENTION_MONTHS: integerVariable({ min: 1, max: 120, default: 13 }),
  /** Events that may wait for a commit before further requests are told to come back later. */
  INGEST_QUEUE_EVENTS: integerVariable({ min: 1_000, max: 1_000_000, default: 50_000 }),
  /** Types of the events that tell of requests and may therefore hold their secrets: redacted before anything of them is kept. */
  REDACTED_EVENT_TYPES: z
    .string()
    .regex(/^[^,\s]*(?:,[^,\s]+)*$/)
    .default(API_REQUEST_EVENT)
    .transform((types): ReadonlySet<string> => new Set(types.split(',').filter((type) => type !== '')))
    .meta({ description: 'event types, separated by commas; empty for none' }),
});
export type IngestConfig = z.infer<typeof ingestConfig>;
