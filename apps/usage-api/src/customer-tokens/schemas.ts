import { z } from 'zod';
import { instant } from '../catalogue/fields.js';

const MAX_SECONDS = 86_400;
const DEFAULT_SECONDS = 3_600;

export const createCustomerTokenBody = z
  .strictObject({ expires_in_seconds: z.int().min(60).max(MAX_SECONDS).default(DEFAULT_SECONDS) })
  .prefault({})
  .meta({ examples: [{ expires_in_seconds: 3600 }] });
export type CreateCustomerToken = z.infer<typeof createCustomerTokenBody>;

export const customerTokenSchema = z
  .object({
    token: z
      .string()
      .meta({ description: 'A JWT that may read the usage of this customer alone. It can’t be revoked, so keep it short-lived' }),
    expires_at: instant,
  })
  .meta({ id: 'CustomerToken' });
export type CustomerTokenBody = z.infer<typeof customerTokenSchema>;
