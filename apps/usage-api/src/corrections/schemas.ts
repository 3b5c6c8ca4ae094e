import { EVENT_LIMITS } from '@tallymark/domain';
import { CORRECTION_KINDS, CORRECTION_STATUSES } from '@tallymark/persistence';
import { paginationQuery } from '@tallymark/service-kit';
import { z } from 'zod';
import { decimalText, externalId, id, instant, pageSchema, text, timestamp } from '../catalogue/fields.js';
import { CORRECTION_LIMITS } from './limits.js';

const attribute = text(EVENT_LIMITS.attributeLength);
const eventName = z
  .strictObject({ subject: attribute, source: attribute, id: attribute })
  .meta({ description: 'The event, as its sender named it. After a change of subject it is found by either' });
const data = z.looseObject({}).nullable();

const common = {
  external_id: externalId.optional().meta({ description: 'Your own id; the same again with the same content makes no second correction' }),
  reason: text(1_000).meta({ description: 'Why; kept on the record' }),
  dry_run: z.boolean().default(false).meta({ description: 'Only say what it would change; it can be applied afterwards' }),
};

const amendBody = z.strictObject({
  kind: z.literal('amend'),
  event: eventName,
  replacement: z
    .strictObject({
      subject: attribute.optional(),
      type: attribute.optional(),
      time: z.string().max(64).optional().meta({ format: 'date-time' }),
      data: data.optional().meta({ description: 'Replaces all of it; numbers are kept digit by digit' }),
    })
    .refine((replacement) => Object.keys(replacement).length > 0, 'expected at least one of subject, type, time and data')
    .meta({ description: 'What becomes other; what is absent stays as it is' }),
  ...common,
});

const voidBody = z.strictObject({ kind: z.literal('void'), event: eventName, ...common });

/** The parser of events says what is wrong with one; here only their number and that they are objects. */
const backfillBody = z.strictObject({
  kind: z.literal('backfill'),
  window: z
    .strictObject({ from: timestamp, to: timestamp })
    .refine((window) => window.from < window.to, 'expected from to be before to')
    .meta({ description: 'Of the events’ times; half-open, of any length' }),
  subjects: z.array(attribute).min(1).max(CORRECTION_LIMITS.subjects).optional().meta({ description: 'Whose events are replaced' }),
  types: z.array(attribute).min(1).max(CORRECTION_LIMITS.types).optional().meta({ description: 'Events of which types are replaced' }),
  events: z
    .array(
      z.looseObject({}).meta({
        description: 'A CloudEvent with a time in the window, of the subjects and types; specversion may be left out',
        examples: [{ id: 'call-1', source: '/gateway', type: 'api.request', subject: 'web-co', time: '2026-11-20T10:00:00Z', data: {} }],
      }),
    )
    .max(CORRECTION_LIMITS.events)
    .meta({ description: `What takes their place: up to ${CORRECTION_LIMITS.events} events; none to only take out` }),
  ...common,
});

export const createCorrectionBody = z.discriminatedUnion('kind', [amendBody, voidBody, backfillBody]).meta({
  id: 'CreateCorrection',
  examples: [
    {
      kind: 'amend',
      event: { subject: 'web-co', source: '/gateway', id: 'call-1' },
      replacement: { data: { bytes: 512 } },
      reason: 'the gateway counted bits',
    },
  ],
});
export type CreateCorrection = z.infer<typeof createCorrectionBody>;

export const revertBody = z.strictObject({ reason: common.reason }).meta({ examples: [{ reason: 'the gateway was right' }] });
export type RevertCorrection = z.infer<typeof revertBody>;

export const correctionsQuery = z.strictObject({ ...paginationQuery.shape, status: z.enum(CORRECTION_STATUSES).optional() });
export type CorrectionsQuery = z.infer<typeof correctionsQuery>;

const actor = z.object({ id: z.string(), name: z.string().nullable() }).meta({ description: 'The credential' });

const metricImpact = z.object({
  metric: z.string().nullable().meta({ description: 'Null for the minimum commitment, whose true-up follows what the charges come to' }),
  name: z.string(),
  units_before: decimalText,
  units_after: decimalText,
  amount_before: decimalText,
  amount_after: decimalText,
});

const statementImpact = z.object({
  subscription_id: id,
  subscription_external_id: z.string(),
  period_from: instant,
  period_to: instant,
  closed: z.boolean().meta({ description: 'It stays as it is; the difference becomes an adjustment on the open statement' }),
  currency: z.string(),
  total_before: decimalText,
  total_after: decimalText,
  metrics: z.array(metricImpact).meta({ description: 'The charges that differ' }),
});

export const correctionSchema = z
  .object({
    id,
    external_id: z.string().nullable(),
    kind: z.enum(CORRECTION_KINDS),
    status: z.enum(CORRECTION_STATUSES).meta({
      description:
        'pending: not tried yet; proposed: tried without effect; applied; reverted; failed: refused, for the reason in `failure`, and never applied',
    }),
    pending_task: z.enum(['dry_run', 'apply', 'revert']).nullable().meta({ description: 'Under way; null once it is done' }),
    reason: z.string(),
    request: z.looseObject({}).meta({ description: 'What was asked for; in lists without the events of a backfill' }),
    requested_by: actor,
    created_at: instant,
    voided_events: z.int().nullable().meta({ description: 'How many events it takes out; null before it was tried' }),
    added_events: z.int().nullable().meta({ description: 'How many it puts in' }),
    impact: z
      .object({
        complete: z.boolean().meta({ description: 'False where it touches more statements than are listed' }),
        statements: z.array(statementImpact),
      })
      .nullable()
      .meta({
        description: 'What it changes on statements, as of the dry run or of its application; those that stay the same are not listed',
      }),
    failure: z
      .object({ task: z.string(), code: z.string(), message: z.string(), correction_id: id.nullable() })
      .nullable()
      .meta({ description: 'Why the last task was refused' }),
    dry_run_at: instant.nullable(),
    applied_at: instant.nullable(),
    applied_by: actor.nullable(),
    reverted_at: instant.nullable(),
    reverted_by: actor.nullable(),
    revert_reason: z.string().nullable(),
  })
  .meta({ id: 'Correction' });
export type CorrectionBody = z.infer<typeof correctionSchema>;

export const correctionPage = pageSchema(correctionSchema);
