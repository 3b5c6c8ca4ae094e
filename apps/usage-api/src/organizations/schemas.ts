import { DEFAULT_GRACE_HOURS } from '@tallymark/persistence';
import { z } from 'zod';
import { externalId, id, instant, pageSchema, text } from '../catalogue/fields.js';

/** 31 days. */
const MAX_GRACE_HOURS = 744;

const settings = z
  .strictObject({
    crossmint_usage_shape: z
      .enum(['auto', 'object', 'array'])
      .optional()
      .meta({ description: 'Form of `usage` in the Crossmint contract: `auto` gives an object for one month and an array for several' }),
    statement_grace_hours: z
      .int()
      .min(0)
      .max(MAX_GRACE_HOURS)
      .optional()
      .meta({
        description: `Hours after a billing period’s end (or after the subscription was created, if that is later) in which late events still change its statement; then it closes for good. ${DEFAULT_GRACE_HOURS} unless set`,
      }),
  })
  .meta({ description: 'What is particular to the organization' });

export const createOrganizationBody = z.strictObject({ external_id: externalId, name: text(200), settings: settings.default({}) }).meta({
  examples: [{ external_id: 'example-inc', name: 'Example Inc.', settings: { crossmint_usage_shape: 'auto' } }],
});
export type CreateOrganization = z.infer<typeof createOrganizationBody>;

export const updateOrganizationBody = z
  .strictObject({ name: text(200).optional(), settings: settings.optional() })
  .meta({ description: 'Members that are left out stay as they are', examples: [{ settings: { crossmint_usage_shape: 'array' } }] });
export type UpdateOrganization = z.infer<typeof updateOrganizationBody>;

export const organizationSchema = z
  .object({ id, external_id: z.string(), name: z.string(), settings, created_at: instant, updated_at: instant })
  .meta({ id: 'Organization' });
export type OrganizationBody = z.infer<typeof organizationSchema>;

export const organizationPage = pageSchema(organizationSchema);
