import { AGGREGATIONS, isJsonPath } from '@tallymark/domain';
import { z } from 'zod';
import { code, id, instant, pageSchema, text } from '../catalogue/fields.js';

/** A value between events would have to be integrated over time, which the fold does not do. */
const OFFERED = AGGREGATIONS.filter((aggregation) => aggregation !== 'time_weighted_sum');
const MAX_FILTERS = 20;
const MAX_FILTER_VALUES = 100;
const MAX_DIMENSIONS = 10;

const aggregation = z.enum(OFFERED, { error: () => `expected one of ${OFFERED.join(', ')}; time_weighted_sum is not offered yet` });
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

export const createMeterBody = z
  .strictObject({
    code,
    name: text(200),
    unit: text(64).meta({ description: 'What one unit of its value is', examples: ['requests'] }),
    event_type: text(256).meta({ description: 'The `type` of the events it counts' }),
    aggregation,
    value_property: jsonPath
      .nullable()
      .default(null)
      .meta({ description: 'JSONPath into the event’s `data`; null for `count`, needed for all others' }),
    filters: z.array(filter).max(MAX_FILTERS).default([]).meta({ description: 'An event counts when it passes all of them' }),
    group_by: groupBy.default({}).meta({ description: 'Dimension → JSONPath. Usage is kept apart per combination of values' }),
    recurring: z.boolean().default(false).meta({ description: 'Whether the value carries over into the next billing period' }),
  })
  .superRefine((meter, context) => {
    if ((meter.aggregation === 'count') === (meter.value_property === null)) return;
    const expected =
      meter.aggregation === 'count'
        ? 'null, because count counts events'
        : `a JSONPath to the value, because the aggregation is ${meter.aggregation}`;
    context.addIssue({ code: 'custom', path: ['value_property'], message: `expected ${expected}` });
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
  .strictObject({ name: text(200).optional(), unit: text(64).optional() })
  .meta({ description: 'What a meter measures never changes: that is a new meter', examples: [{ name: 'Tokens of language models' }] });
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
    complete: z
      .boolean()
      .meta({ description: 'Whether the events from before the meter existed are counted too; until then its usage may be too low' }),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Meter' });
export type MeterBody = z.infer<typeof meterSchema>;

export const meterPage = pageSchema(meterSchema);
