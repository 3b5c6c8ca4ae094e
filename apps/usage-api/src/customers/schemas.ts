import { CUSTOMER_TYPES, EVENT_LIMITS } from '@tallymark/domain';
import { z } from 'zod';
import { country, currency, externalId, id, instant, pageSchema, text, timeZone } from '../catalogue/fields.js';

const MAX_SUBJECTS = 1_000;

const type = z.enum(CUSTOMER_TYPES);
const subjects = z
  .array(text(EVENT_LIMITS.attributeLength))
  .max(MAX_SUBJECTS)
  .overwrite((names) => [...new Set(names)].sort())
  .meta({ description: 'The `subject` values of its events. Each belongs to one customer at most', examples: [['acme-ai', 'acme-ai-eu']] });

export const createCustomerBody = z
  .strictObject({
    external_id: externalId,
    name: text(200),
    type: type.nullable().default(null),
    country: country.nullable().default(null),
    currency: currency.nullable().default(null),
    time_zone: timeZone.default('UTC'),
    subjects: subjects.optional().meta({ description: 'Default: the external id alone' }),
  })
  .meta({
    examples: [{ external_id: 'acme-ai', name: 'Acme AI', type: 'company', country: 'DE', currency: 'EUR', time_zone: 'Europe/Berlin' }],
  });
export type CreateCustomer = z.infer<typeof createCustomerBody>;

export const updateCustomerBody = z
  .strictObject({
    name: text(200).optional(),
    type: type.nullable().optional(),
    country: country.nullable().optional(),
    currency: currency.nullable().optional(),
    time_zone: timeZone.optional(),
    subjects: subjects.optional(),
  })
  .meta({
    description: 'Members that are left out stay as they are; subjects are replaced as a whole',
    examples: [{ subjects: ['acme-ai', 'acme-ai-eu'] }],
  });
export type UpdateCustomer = z.infer<typeof updateCustomerBody>;

export const customerSchema = z
  .object({
    id,
    external_id: z.string(),
    name: z.string(),
    type: type.nullable(),
    country: z.string().nullable(),
    currency: z.string().nullable(),
    time_zone: z.string(),
    subjects: z.array(z.string()),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Customer' });
export type CustomerBody = z.infer<typeof customerSchema>;

export const customerPage = pageSchema(customerSchema);
