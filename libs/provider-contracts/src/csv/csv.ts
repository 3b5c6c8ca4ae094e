import { Decimal, formatDecimal } from '@tallymark/domain';

/** The media type of {@link csvRow}, with the header line that RFC 4180 calls `header=present`. */
export const CSV_CONTENT_TYPE = 'text/csv; charset=utf-8; header=present';

/** One cell. Text is never a number and numbers are never text: only text is made safe for spreadsheets. Null is an empty cell. */
export type CsvCell = string | Decimal | null;

/**
 * What makes a spreadsheet take a cell for a formula, also behind a leading quote (OWASP, CSV injection): such text gets an apostrophe in front,
 * which spreadsheets hide.
 */
const FORMULA_START = /^[=+\-@\t\r]/;
/** What has to stand in quotes (RFC 4180 section 2), and white space at either end, which some readers would trim. */
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/**
 * One record with its line end, after RFC 4180: cells parted by commas, quoted where they need to be, CRLF.
 *
 * Text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets a leading apostrophe, so that no spreadsheet runs what a customer
 * sent as an identifier. Numbers stay numbers, the negative ones too, in plain notation with every digit.
 */
export function csvRow(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: CsvCell): string {
  if (cell === null) return '';
  if (cell instanceof Decimal) return formatDecimal(cell);
  const safe = FORMULA_START.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
