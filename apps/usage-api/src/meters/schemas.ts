import { AGGREGATIONS, METER_ROUNDING_FUNCTIONS, TIME_UNITS, isJsonPath } from '@tallymark/domain';
import { z } from 'zod';
import { code, id, instant, pageSchema, text } from '../catalogue/fields.js';
import { findContradictions } from './check-meter.js';

const MAX_FILTERS = 20;
const MAX_FILTER_VALUES = 100;
const MAX_DIMENSIONS = 10;
const MAX_ROUNDING_DIGITS = 15;

const jsonPath = z
  .string()
  .max(256)
  .refine(isJsonPath, 'expected a JSONPath of the form $.name or $.outer.inner')
  .meta({ examples: ['$.tokens'] });
const filter = z.strictObject({
  property: jsonPath,
  in: z
    .array(
      z
        .string()
        .max(256)
        .regex(/^[^\0\p{Cs}]*$/u, 'expected text without NUL'),
    )
    .min(1)
    .max(MAX_FILTER_VALUES),
});
const groupBy = z
  .record(code, jsonPath)
  .refine((dimensions) => Object.keys(dimensions).length <= MAX_DIMENSIONS, `expected at most ${MAX_DIMENSIONS} dimensions`);

const rounding = z
  .strictObject({
    function: z.enum(METER_ROUNDING_FUNCTIONS),
    precision: z
      .int()
      .min(-MAX_ROUNDING_DIGITS)
      .max(MAX_ROUNDING_DIGITS)
      .meta({ description: 'Digits kept behind the point; −2 rounds to hundreds' }),
  })
  .nullable()
  .meta({ description: 'How the value of a window is rounded; `round` is half up. Null leaves it exact' });

const members = {
  name: text(200),
  unit: text(64).meta({ description: 'What one unit of its value is', examples: ['requests'] }),
  event_type: text(256).meta({ description: 'The `type` of the events it counts' }),
  aggregation: z.enum(AGGREGATIONS).meta({
    description:
      '`time_weighted_sum` adds the values up to a level (seats added and removed) and counts it by how long it stood: seat-days, gigabyte-hours, or the level’s average over the billing period',
  }),
  value_property: jsonPath.nullable().meta({ description: 'JSONPath into the event’s `data`; null for `count`, needed for all others' }),
  filters: z.array(filter).max(MAX_FILTERS).meta({ description: 'An event counts when it passes all of them' }),
  group_by: groupBy.meta({ description: 'Dimension → JSONPath. Usage is kept apart per combination of values' }),
  recurring: z.boolean().meta({
    description: 'Whether what was before a billing period counts in it too; for `sum`, `unique_count`, `latest` and `time_weighted_sum`',
  }),
  operation_property: jsonPath.nullable().meta({
    description: 'For `unique_count`: JSONPath to `remove` in events that take the value out again; all others add it',
    examples: ['$.operation'],
  }),
  amount_property: jsonPath.nullable().meta({
    description: 'JSONPath to the amount, in major currency units, that an event bears itself, for charges with a `dynamic` price',
  }),
  time_unit: z
    .enum(TIME_UNITS)
    .nullable()
    .meta({ description: 'For `time_weighted_sum`: level × hours, × days of 24 hours, or × the share of the billing period' }),
  rounding,
};

export const createMeterBody = z
  .strictObject({
    code,
    ...members,
    value_property: members.value_property.default(null),
    filters: members.filters.default([]),
    group_by: members.group_by.default({}),
    recurring: members.recurring.default(false),
    operation_property: members.operation_property.default(null),
    amount_property: members.amount_property.default(null),
    time_unit: members.time_unit.default(null),
    rounding: members.rounding.default(null),
  })
  .superRefine((meter, context) => {
    for (const { member, expected } of findContradictions(meter)) context.addIssue({ code: 'custom', path: [member], message: expected });
  })
  .meta({
    examples: [
      {
        code: 'llm_tokens',
        name: 'LLM tokens',
        unit: 'tokens',
        event_type: 'llm.request',
        aggregation: 'sum',
        value_property: '$.tokens',
        filters: [{ property: '$.status', in: ['ok'] }],
        group_by: { model: '$.model' },
      },
    ],
  });
export type CreateMeter = z.infer<typeof createMeterBody>;

export const updateMeterBody = z
  .strictObject(members)
  .partial()
  .meta({
    description: 'What is not named stays. Name, unit and rounding change at once; anything else has the kept events counted anew',
    examples: [{ name: 'Tokens of language models' }],
  });
export type UpdateMeter = z.infer<typeof updateMeterBody>;

export const meterSchema = z
  .object({
    id,
    code: z.string(),
    name: z.string(),
    unit: z.string(),
    event_type: z.string(),
    aggregation: z.enum(AGGREGATIONS),
    value_property: z.string().nullable(),
    filters: z.array(z.object({ property: z.string(), in: z.array(z.string()) })),
    group_by: z.record(z.string(), z.string()),
    recurring: z.boolean(),
    operation_property: z.string().nullable(),
    amount_property: z.string().nullable(),
    time_unit: z.enum(TIME_UNITS).nullable(),
    rounding,
    replaces_id: id
      .nullable()
      .meta({ description: 'The meter of the same code that this one took the place of, when what it measures was changed' }),
    status: z.enum(['folding', 'ready']).meta({ description: '`folding` while the kept events are being counted' }),
    progress: z.number().min(0).max(1).meta({ description: 'The share of the kept events that is counted, 0 to 1' }),
    complete: z.boolean().meta({
      description: 'Whether the kept events are counted; until then its usage may be too low. The same as `status` being `ready`',
    }),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Meter' });
export type MeterBody = z.infer<typeof meterSchema>;

export const meterPage = pageSchema(meterSchema);
