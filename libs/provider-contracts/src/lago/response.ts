import {
  type Decimal,
  decimal,
  decimalFromInteger,
  formatDecimal,
  isDecimal,
  minorUnitDigits,
  toMinorUnits,
  ZERO,
} from '@tallymark/domain';
import { z } from 'zod';
import { readBody } from '../read-body.js';
import { toWireInteger } from '../wire-integer.js';
import type { LagoPeriod, LagoReportedRow, LagoUsageRow } from './canonical.js';

/** One row of the 200 body, as this server writes it. */
export const lagoUsageObjectSchema = z.object({
  organization_id: z.uuid(),
  start_of_period_dt: z.iso.date(),
  end_of_period_dt: z.iso.date(),
  amount_currency: z.string().regex(/^[A-Z]{3}$/),
  amount_cents: z.int(),
  billable_metric_code: z.string(),
  units: z.string().regex(/^[0-9]+\.[0-9]+$/),
  is_billable_metric_deleted: z.boolean(),
});
/** See {@link lagoUsageObjectSchema}. */
export type LagoUsageObject = z.infer<typeof lagoUsageObjectSchema>;

/** The 200 body. */
export const lagoUsagesSchema = z.object({ usages: z.array(lagoUsageObjectSchema) });
/** See {@link lagoUsagesSchema}. */
export type LagoUsages = z.infer<typeof lagoUsagesSchema>;

/** What other servers of this contract write: less is required, and `units` may be a JSON number. */
const reportedUsagesSchema = z.object({
  usages: z.array(
    z
      .object({
        organization_id: z.string().nullish(),
        start_of_period_dt: z.iso.date().nullish(),
        end_of_period_dt: z.iso.date().nullish(),
        amount_currency: z.string().regex(/^[A-Z]{3}$/),
        amount_cents: z.int(),
        billable_metric_code: z.string().nullish(),
        units: z
          .union([z.string(), z.number()])
          .transform((units) => String(units).replace(/\.$/, ''))
          .refine(isDecimal, { error: 'expected a decimal number' })
          .nullish(),
        is_billable_metric_deleted: z.boolean().nullish(),
      })
      .refine(endsAfterItStarts, { error: 'expected end_of_period_dt on or after start_of_period_dt' }),
  ),
});

/**
 * The 200 body: rows by period, metric code and currency, ascending. Rows without units and without an amount are left out,
 * for the contract reports rows only where usage is.
 *
 * `amount_cents` is the amount in the currency's minor units, rounded half up per row. `units` is plain decimal text with at least one
 * fraction digit; the contract's pattern has no sign, so units below zero (more was corrected away than used) show as `"0.0"`.
 *
 * @throws RangeError when an amount does not fit into a JSON number.
 */
export function renderLagoUsages(rows: readonly LagoUsageRow[]): LagoUsages {
  const reported = rows.filter((row) => !row.units.eq(ZERO) || !row.amount.eq(ZERO));
  return { usages: reported.sort(compareRows).map(renderRow) };
}

/**
 * Reads what any server of this contract answered.
 *
 * @throws DomainError `invalid_request` that says what is wrong with the body.
 */
export function readLagoUsages(body: unknown): LagoReportedRow[] {
  return readBody(reportedUsagesSchema, body, 'a Lago usage answer').usages.map((row) => ({
    organizationId: row.organization_id ?? null,
    period: periodOf(row.start_of_period_dt, row.end_of_period_dt),
    metricCode: row.billable_metric_code ?? null,
    currency: row.amount_currency,
    amount: ofMinorUnits(decimalFromInteger(row.amount_cents), row.amount_currency),
    units: row.units === undefined || row.units === null ? null : decimal(row.units),
    isMetricDeleted: row.is_billable_metric_deleted ?? false,
  }));
}

function renderRow(row: LagoUsageRow): LagoUsageObject {
  return {
    organization_id: row.organizationId,
    start_of_period_dt: row.period.start,
    end_of_period_dt: row.period.end,
    amount_currency: row.currency,
    amount_cents: toWireInteger(toMinorUnits(row.amount, row.currency)),
    billable_metric_code: row.metricCode,
    units: formatUnits(row.units),
    is_billable_metric_deleted: row.isMetricDeleted,
  };
}

function formatUnits(units: Decimal): string {
  if (units.lt(ZERO)) return '0.0';
  const text = formatDecimal(units);
  return text.includes('.') ? text : `${text}.0`;
}

function compareRows(a: LagoUsageRow, b: LagoUsageRow): number {
  return compareText(a.period.start, b.period.start) || compareText(a.metricCode, b.metricCode) || compareText(a.currency, b.currency);
}

/** By UTF-16 units, so that the order depends on no locale. */
function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function endsAfterItStarts(row: { start_of_period_dt?: string | null | undefined; end_of_period_dt?: string | null | undefined }): boolean {
  const { start_of_period_dt: start, end_of_period_dt: end } = row;
  return typeof start !== 'string' || typeof end !== 'string' || start <= end;
}

function periodOf(start: string | null | undefined, end: string | null | undefined): LagoPeriod | null {
  return typeof start === 'string' && typeof end === 'string' ? { start, end } : null;
}

function ofMinorUnits(minorUnits: Decimal, currency: string): Decimal {
  return minorUnits.times(decimal(`1e-${minorUnitDigits(currency)}`));
}
