import { baseConfig, integerVariable } from '@tallymark/service-kit';
import type { z } from 'zod';

/** The environment of billing-calc. */
export const billingCalcConfig = baseConfig.extend({
  /** The fold, the statements, and two for the back-fill of a meter and its progress work at once. */
  DATABASE_POOL_SIZE: integerVariable({ min: 4, max: 1_000, default: 10 }),
  /** Calendar months of history kept before the current one. */
  RETENTION_MONTHS: integerVariable({ min: 1, max: 120, default: 13 }),
  /** How often to look for work that no notification told of. */
  POLL_MS: integerVariable({ min: 10, max: 60_000, default: 500 }),
  /** Age of the oldest unfolded commit past which the service says that it is not ready. */
  READY_LAG_MS: integerVariable({ min: 1_000, max: 3_600_000, default: 60_000 }),
});
export type BillingCalcConfig = z.infer<typeof billingCalcConfig>;
