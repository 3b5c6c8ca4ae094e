import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Decimal, type PriceDetail, decimal, formatDecimal, roundDecimal } from '@tallymark/domain';

/** One peer's case, turned into ours: what the library answers, beside what the peer expects, both as text. */
export interface VectorCase {
  readonly name: string;
  readonly receive: () => Readonly<Record<string, string>>;
  readonly expected: Readonly<Record<string, string>>;
}

const FOLDER = new URL('../../../../shared/vectors/', import.meta.url);

/** The content of a vector file beside the repository, or null where there is none. */
export function readVectors(name: string): unknown {
  const path = fileURLToPath(new URL(name, FOLDER));
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as unknown) : null;
}

/** A number or decimal text of a vector file, without the trailing zeros that peers print. */
export function plain(value: string | number): string {
  return formatDecimal(parse(value));
}

/** As a decimal. The files' numbers are short enough to survive as JavaScript numbers. */
export function parse(value: string | number): Decimal {
  return decimal(String(value));
}

/** Rounded half up where the case says to how many decimals, else as it is. */
export function roundedTo(value: Decimal, digits: number | undefined): string {
  return formatDecimal(digits === undefined ? value : roundDecimal(value, digits, 'half_up'));
}

/** The price per unit of a detail, its flat amount and both together, as text. */
export function printDetail(detail: PriceDetail | undefined): { units: string; perUnits: string; flat: string; amount: string } {
  if (detail === undefined) return { units: 'no such detail', perUnits: '', flat: '', amount: '' };
  const { quantity, unitAmount, flatAmount, amount } = detail;
  return {
    units: formatDecimal(quantity),
    perUnits: formatDecimal(quantity.times(unitAmount)),
    flat: formatDecimal(flatAmount),
    amount: formatDecimal(amount),
  };
}
