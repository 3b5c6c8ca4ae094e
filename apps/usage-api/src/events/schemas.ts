import { EVENT_VERDICTS } from '@tallymark/domain';
import { errorDetailSchema } from '@tallymark/provider-contracts';
import { paginationQuery } from '@tallymark/service-kit';
import { z } from 'zod';
import { id, instant, pageSchema, text, timestamp } from '../catalogue/fields.js';

export const eventsQuery = z.strictObject({
  ...paginationQuery.shape,
  id: text(256).optional(),
  source: text(256).optional(),
  type: text(256).optional(),
  subject: text(256).optional(),
  verdict: z.enum(EVENT_VERDICTS).optional(),
  received_from: timestamp.optional().meta({ description: 'Received at this instant or later' }),
  received_to: timestamp.optional().meta({ description: 'Received before this instant' }),
});
export type EventsQuery = z.infer<typeof eventsQuery>;

const nullableText = z.string().nullable();

export const listedEventSchema = z
  .object({
    id: nullableText,
    source: nullableText,
    type: nullableText,
    subject: nullableText,
    time: instant.nullable().meta({ description: 'As sent; null where the event bore none or was not stored' }),
    data: z.unknown().meta({ description: 'As stored; null otherwise' }),
    received_at: instant,
    verdict: z.enum(EVENT_VERDICTS),
    times: z.int().meta({ description: 'How often it came in that commit' }),
    customer: nullableText.meta({ description: 'External id of the customer whose subject it names; null: nobody is billed for it' }),
    meters: z.array(z.string()).meta({ description: 'Codes of the meters that take it; empty: it counts nowhere' }),
    meters_without_value: z.array(z.string()).meta({ description: 'Those among them that find no usable value in it' }),
    voided_by: id
      .nullable()
      .meta({ description: 'The correction that takes it out of all usage; `GET /platform/v1/corrections/{id}` tells why' }),
    added_by: id.nullable().meta({ description: 'The correction that added it; null for one that was sent' }),
    folded: z.boolean().meta({ description: 'Whether it is in the usage yet' }),
    code: nullableText.meta({ description: 'Of a rejection' }),
    message: nullableText,
    errors: z.array(errorDetailSchema),
  })
  .meta({ id: 'ListedEvent' });
export type ListedEventBody = z.infer<typeof listedEventSchema>;
export const listedEventPage = pageSchema(listedEventSchema);
