import { parseYearMonth } from '@tallymark/date-window';
import { decimalFromInteger, ZERO } from '@tallymark/domain';
import { z } from 'zod';
import { readBody } from '../read-body.js';
import { toWireInteger } from '../wire-integer.js';
import { CROSSMINT_DIMENSIONS, type CrossmintUsage } from './canonical.js';

const monthSchema = z.object({
  month: z.string().refine(isYearMonth, { error: 'expected YYYY-MM' }),
  activeWallets: z.int().nonnegative(),
});

/** The 200 body: one object for one month, a list of the same objects for several. */
export const crossmintUsageSchema = z.object({
  data: z.object({
    dimension: z.enum(CROSSMINT_DIMENSIONS),
    usage: z.union([monthSchema, z.array(monthSchema)]),
  }),
});
/** See {@link crossmintUsageSchema}. */
export type CrossmintUsageBody = z.infer<typeof crossmintUsageSchema>;

/**
 * The 200 body: every month, ascending, zero where nothing was used.
 *
 * @throws RangeError when one object is to hold other than one month, a row is of no month of the usage, or a count is no whole number.
 */
export function renderCrossmintUsage({ dimension, isList, months, rows }: CrossmintUsage): CrossmintUsageBody {
  const byMonth = new Map(rows.map((row) => [row.month, row]));
  const stray = rows.find((row) => !months.includes(row.month) || byMonth.get(row.month) !== row);
  if (stray !== undefined) throw new RangeError(`row of ${stray.month}; expected one for each of ${months.join(', ')}`);
  const usage = months.map((month) => ({ month, activeWallets: toWireInteger(byMonth.get(month)?.activeWallets ?? ZERO) }));
  if (isList) return { data: { dimension, usage } };
  const [only] = usage;
  if (only === undefined || usage.length > 1) throw new RangeError(`${usage.length} months for one object; expected 1`);
  return { data: { dimension, usage: only } };
}

/**
 * Reads what any server of this contract answered, whichever shape it chose.
 *
 * @throws DomainError `invalid_request` that says what is wrong with the body.
 */
export function readCrossmintUsage(body: unknown): CrossmintUsage {
  const { dimension, usage } = readBody(crossmintUsageSchema, body, 'a Crossmint usage answer').data;
  const isList = Array.isArray(usage);
  const rows = (isList ? usage : [usage]).map(({ month, activeWallets }) => ({ month, activeWallets: decimalFromInteger(activeWallets) }));
  return { dimension, isList, months: rows.map((row) => row.month), rows };
}

function isYearMonth(text: string): boolean {
  try {
    parseYearMonth(text);
    return true;
  } catch {
    return false;
  }
}
