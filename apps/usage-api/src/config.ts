import { API_REQUEST_EVENT } from '@tallymark/provider-contracts';
import { baseConfig, integerVariable, secretVariable } from '@tallymark/service-kit';
import { z } from 'zod';

/** The environment of usage-api. */
export const usageApiConfig = baseConfig.extend({
  /** Bearer of it may create organizations and their first keys. */
  OPERATOR_TOKEN: secretVariable('a secret of at least 32 characters, by which the operator creates organizations', { minLength: 32 }),
  /** Folder of the built dashboard; without it the service has no page at `/`. */
  DASHBOARD_DIR: z.string().min(1).optional().meta({ description: 'the folder of the built dashboard' }),
  /** Calls a minute of one account over the X/Gnip contract, which publishes 2. */
  GNIP_REQUESTS_PER_MINUTE: integerVariable({ min: 1, max: 1_000_000, default: 2 }),
  /** Calendar months before the current one that corrected events may date from; as long as billing-calc keeps them. */
  RETENTION_MONTHS: integerVariable({ min: 1, max: 120, default: 13 }),
  /** Types of the events that tell of requests: a correction may not bring secrets into them. As for ingest. */
  REDACTED_EVENT_TYPES: z
    .string()
    .regex(/^[^,\s]*(?:,[^,\s]+)*$/)
    .default(API_REQUEST_EVENT)
    .transform((types): ReadonlySet<string> => new Set(types.split(',').filter((type) => type !== '')))
    .meta({ description: 'event types, separated by commas; empty for none' }),
});
export type UsageApiConfig = z.infer<typeof usageApiConfig>;
