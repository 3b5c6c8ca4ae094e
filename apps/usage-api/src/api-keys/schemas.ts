import { SCOPES, type Scope } from '@tallymark/domain';
import { z } from 'zod';
import { externalId, id, instant, pageSchema, text, timestamp } from '../catalogue/fields.js';

const SCOPE_NAMES = Object.keys(SCOPES) as Scope[];
const scope = z.enum(SCOPE_NAMES).meta({ description: SCOPE_NAMES.map((name) => `\`${name}\`: ${SCOPES[name]}`).join('; ') });

export const createApiKeyBody = z
  .strictObject({
    name: text(100).meta({ description: 'For people; the user name of HTTP Basic' }),
    scopes: z
      .array(scope)
      .min(1)
      .max(SCOPE_NAMES.length)
      .overwrite((scopes) => [...new Set(scopes)].sort()),
    customer_id: externalId
      .nullable()
      .default(null)
      .meta({ description: 'Id or external id of the one customer that the key stands for; null for the organization' }),
    expires_at: timestamp.nullable().default(null),
  })
  .meta({ examples: [{ name: 'backend', scopes: ['events:write', 'usage:read'] }] });
export type CreateApiKey = z.infer<typeof createApiKeyBody>;

export const apiKeySchema = z
  .object({
    id,
    name: z.string(),
    scopes: z.array(scope),
    customer_id: id.nullable(),
    last_four: z.string().meta({ description: 'The last four characters of the key' }),
    expires_at: instant.nullable(),
    revoked_at: instant.nullable(),
    created_at: instant,
  })
  .meta({ id: 'ApiKey' });
export type ApiKeyBody = z.infer<typeof apiKeySchema>;

export const createdApiKeySchema = apiKeySchema
  .extend({
    key: z.string().meta({ description: 'The key itself. It is shown this once and stored as a hash alone', examples: ['tm_live_…'] }),
  })
  .meta({ id: 'CreatedApiKey' });
export type CreatedApiKeyBody = z.infer<typeof createdApiKeySchema>;

export const apiKeyPage = pageSchema(apiKeySchema);
