import { STATEMENT_STATUSES } from '@tallymark/domain';
import { FOCUS_SERVICE_CATEGORIES } from '@tallymark/provider-contracts';
import { z } from 'zod';
import { externalId, timestamp } from '../catalogue/fields.js';

export const EXPORT_FORMATS = ['csv', 'jsonl'] as const;

/** What an export tells: what statements come to, or how they came about day by day. */
export const EXPORT_CONTENTS = ['statements', 'usage'] as const;

export const focusQuery = z
  .strictObject({
    from: timestamp.meta({ description: 'Statements whose period begins at this instant or later' }),
    to: timestamp.meta({ description: 'Statements whose period begins before this instant' }),
    what: z
      .enum(EXPORT_CONTENTS)
      .default('statements')
      .meta({ description: '`statements`: a row per tier of each statement; `usage`: the same day by day, the base amount as it accrues' }),
    customer: externalId.optional().meta({ description: 'Id or external id; with a credential of one customer it is that one' }),
    subscription: externalId.optional().meta({ description: 'Id or external id' }),
    status: z.enum(STATEMENT_STATUSES).optional().meta({ description: '`closed` for what can no longer change; all when absent' }),
    format: z.enum(EXPORT_FORMATS).default('csv'),
    service_category: z
      .enum(FOCUS_SERVICE_CATEGORIES)
      .default('Other')
      .meta({ description: 'What the organization sells, in the words of the specification' }),
  })
  .refine((query) => query.from < query.to, { path: ['to'], message: 'expected an instant after from' });
export type FocusQuery = z.infer<typeof focusQuery>;
