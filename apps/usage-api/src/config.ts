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
});
export type UsageApiConfig = z.infer<typeof usageApiConfig>;
