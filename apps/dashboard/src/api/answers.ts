import { type Decimal, decimal, isDecimal } from '@tallymark/domain';
// The small form of zod: the usual one tries out eval, which the page's policy forbids and reports.
import * as z from 'zod/mini';

const exactDecimal = z.pipe(
  z.string().check(z.refine(isDecimal, 'expected a decimal number as text')),
  z.transform((text: string): Decimal => decimal(text)),
);
const instant = z.pipe(
  z.iso.datetime({ offset: true }),
  z.transform((text: string): Date => new Date(text)),
);
const currencyCode = z.string().check(z.regex(/^[A-Z]{3}$/));

const priceDetail = z.object({
  description: z.string(),
  quantity: exactDecimal,
  unit_amount: exactDecimal,
  flat_amount: exactDecimal,
  amount: exactDecimal,
});

const statementLine = z.object({
  metric: z.string(),
  name: z.string(),
  meter_code: z.string(),
  unit: z.string(),
  /** Meter units in one priced unit. Where it is not told, only a meter that counts in the priced unit can be compared with what is included. */
  unit_size: z.optional(exactDecimal),
  included: exactDecimal,
  used: exactDecimal,
  overage: exactDecimal,
  percentage: exactDecimal,
  amount: exactDecimal,
  projected_used: z.nullable(exactDecimal),
  details: z.array(priceDetail),
});
/** One metric of a plan: what is included, used and owed. */
export type StatementLine = z.infer<typeof statementLine>;

const adjustment = z.object({
  period: z.object({ from: instant, to: instant }),
  name: z.string(),
  units: exactDecimal,
  amount: exactDecimal,
});

/** What a subscription used and owes in one billing period, as `GET /platform/v1/subscriptions/{id}/statement` answers. */
export const statementAnswer = z.object({
  subscription_id: z.string(),
  subscription_external_id: z.string(),
  customer_external_id: z.string(),
  plan_code: z.string(),
  plan_version: z.int(),
  period: z.object({ from: instant, to: instant }),
  /** In which the billing period begins and ends; absent: the one that usage is told in. */
  time_zone: z.optional(z.string()),
  status: z.string(),
  currency: currencyCode,
  base: exactDecimal,
  overage_amount: exactDecimal,
  /** What base and lines lack to the plan's minimum commitment. */
  commitment_true_up: z.optional(exactDecimal),
  total: exactDecimal,
  lines: z.array(statementLine),
  /** What became known of earlier periods after their statement had closed. */
  adjustments: z.optional(z.array(adjustment)),
  as_of: instant,
  revision: z.int(),
});
/** See {@link statementAnswer}. */
export type Statement = z.infer<typeof statementAnswer>;

/** `GET /platform/v1/statements`: newest period first. */
export const statementListAnswer = z.object({ data: z.array(statementAnswer) });

/** `GET /platform/v1/usage` with a window: a row for each, also where nothing was used. Values are in units of the meter. */
export const usageAnswer = z.object({
  meter: z.string(),
  unit: z.string(),
  aggregation: z.string(),
  time_zone: z.string(),
  as_of: instant,
  complete: z.boolean(),
  data: z.array(z.object({ from: instant, to: instant, value: z.nullable(exactDecimal), event_count: exactDecimal })),
});
/** See {@link usageAnswer}. */
export type Usage = z.infer<typeof usageAnswer>;

/** `GET /api/billing/usage`. The page shows this document as it came, so it is not read further. */
export const billingUsageAnswer = z.looseObject({ success: z.literal(true), data: z.looseObject({}) });
/** See {@link billingUsageAnswer}. */
export type BillingUsage = z.infer<typeof billingUsageAnswer>;
