import { Window } from '@tallymark/date-window';
import type { Decimal } from '@tallymark/domain';
import { decimal, formatDecimal, roundDecimal } from '@tallymark/domain';
import { z } from 'zod';
import type { BillingUsage, BillingUsageMetric } from '../canonical.js';
import { readBody } from '../read-body.js';
import { toMetricCode, toMetricId } from './metric-types.js';

const metricSchema = z.object({
  name: z.string().describe('Human-readable metric name'),
  unit: z.string().describe('Unit of measurement'),
  included: z.number().min(0).describe('Units included in the plan per billing period'),
  used: z.number().describe('Units used in the period'),
  overage: z.number().min(0).describe('Units beyond the included ones'),
  percentage: z.number().describe('Used as a percentage of included, 2 decimals; may exceed 100'),
});

const projectionSchema = z.object({
  projected: z.number().describe('Units expected to be used by the period’s end, a whole number'),
  percentage: z.number().describe('Of the included units, 2 decimals'),
});

const usageSchema = z.object({
  period: z.object({
    start: z.iso.datetime().describe('First second of the period'),
    end: z.iso.datetime().describe('Last second of the period, inclusive'),
  }),
  metrics: z.record(z.string(), metricSchema).describe('By metric id'),
  estimatedCost: z.object({
    base: z.number().describe('Base plan cost'),
    overage: z.number().describe('Charges for overage'),
    total: z.number().describe('Base plus overage'),
    currency: z
      .string()
      .regex(/^[a-z]{3}$/)
      .describe('ISO 4217, lower case'),
  }),
  projectedUsage: z
    .record(z.string(), projectionSchema)
    .describe('By metric id; only metrics that add up over time, and only in the current period'),
});

/** The 200 body. */
export const billingUsageResponseSchema = z.object({ success: z.literal(true), data: usageSchema });
/** See {@link billingUsageResponseSchema}. */
export type BillingUsageResponse = z.infer<typeof billingUsageResponseSchema>;

/** What other servers of this contract write: a projection may be missing, and a currency in upper case. */
const reportedResponseSchema = z.object({
  success: z.literal(true),
  data: usageSchema.extend({
    estimatedCost: usageSchema.shape.estimatedCost.extend({ currency: z.string().regex(/^[A-Za-z]{3}$/) }),
    projectedUsage: usageSchema.shape.projectedUsage.optional(),
  }),
});

/**
 * A decimal as a JSON number: the double nearest to it, which JSON prints with the fewest digits that lead back to it. So any value of up to
 * 15 significant digits, and any whole number up to 2^53, stands on the wire exactly as it is; beyond that a client's number type could not
 * hold it anyway.
 */
export function toWireNumber(value: Decimal): number {
  return Number(formatDecimal(value));
}

/** The 200 body, members in the order of the contract's example. Percentages are rounded to 2 decimals, projections to whole units, half up. */
export function renderBillingUsage(usage: BillingUsage): BillingUsageResponse {
  const { period, metrics, cost } = usage;
  return {
    success: true,
    data: {
      period: { start: toSecond(period.from), end: toSecond(new Date(period.toMs - 1_000)) },
      metrics: Object.fromEntries(metrics.map((metric) => [toMetricId(metric.metric), renderMetric(metric)])),
      estimatedCost: {
        base: toWireNumber(cost.base),
        overage: toWireNumber(cost.overage),
        total: toWireNumber(cost.total),
        currency: cost.currency.toLowerCase(),
      },
      projectedUsage: Object.fromEntries(
        metrics.flatMap(({ metric, projected }) => (projected === null ? [] : [[toMetricId(metric), renderProjection(projected)]])),
      ),
    },
  };
}

/**
 * Reads what any server of this contract answered: the reverse of {@link renderBillingUsage}.
 *
 * @param asOf when the answer came, which the body does not tell
 * @throws DomainError `invalid_request` that says what is wrong with the body.
 */
export function readBillingUsage(body: unknown, asOf: Date): BillingUsage {
  const { data } = readBody(reportedResponseSchema, body, 'a billing usage answer');
  const projections = new Map(Object.entries(data.projectedUsage ?? {}));
  return {
    period: Window.of(new Date(data.period.start), afterSecond(new Date(data.period.end))),
    asOf,
    metrics: Object.entries(data.metrics).map(([id, metric]) => {
      const projection = projections.get(id);
      return {
        metric: toMetricCode(id),
        name: metric.name,
        unit: metric.unit,
        included: ofWireNumber(metric.included),
        used: ofWireNumber(metric.used),
        overage: ofWireNumber(metric.overage),
        percentage: ofWireNumber(metric.percentage),
        projected:
          projection === undefined ? null : { units: ofWireNumber(projection.projected), percentage: ofWireNumber(projection.percentage) },
      };
    }),
    cost: {
      base: ofWireNumber(data.estimatedCost.base),
      overage: ofWireNumber(data.estimatedCost.overage),
      total: ofWireNumber(data.estimatedCost.total),
      currency: data.estimatedCost.currency.toUpperCase(),
    },
  };
}

function renderMetric(metric: BillingUsageMetric): z.infer<typeof metricSchema> {
  return {
    name: metric.name,
    unit: metric.unit,
    included: toWireNumber(metric.included),
    used: toWireNumber(metric.used),
    overage: toWireNumber(metric.overage),
    percentage: toWireNumber(roundDecimal(metric.percentage, 2, 'half_up')),
  };
}

function renderProjection(projected: NonNullable<BillingUsageMetric['projected']>): z.infer<typeof projectionSchema> {
  return {
    projected: toWireNumber(roundDecimal(projected.units, 0, 'half_up')),
    percentage: toWireNumber(roundDecimal(projected.percentage, 2, 'half_up')),
  };
}

function ofWireNumber(value: number): Decimal {
  return decimal(String(value));
}

function toSecond(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}

/** The instant after the second that `end` lies in: `23:59:59Z` and `23:59:59.999Z` both mean midnight. */
function afterSecond(end: Date): Date {
  return new Date(Math.floor(end.getTime() / 1_000) * 1_000 + 1_000);
}
