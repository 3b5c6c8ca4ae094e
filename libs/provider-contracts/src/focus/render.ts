import { Decimal, formatDecimal } from '@tallymark/domain';
import { type CsvCell, csvRow } from '../csv/csv.js';
import { FOCUS_COLUMNS, type FocusRow } from './columns.js';

/** The media type of {@link renderFocusJsonLine}: one JSON object per line. */
export const JSON_LINES_CONTENT_TYPE = 'application/jsonl; charset=utf-8';

type FocusValue = FocusRow[keyof FocusRow];

/** The header record of a FOCUS file in CSV. */
export function renderFocusCsvHeader(): string {
  return csvRow(FOCUS_COLUMNS);
}

/** One row as a CSV record, in the order of the header. Null is an empty cell. */
export function renderFocusCsvRow(row: FocusRow): string {
  return csvRow(FOCUS_COLUMNS.map((column) => csvCellOf(row[column])));
}

/**
 * One row as a line of JSON Lines. Decimals are JSON numbers with every digit: a reader that parses them into binary floats decides so itself.
 */
export function renderFocusJsonLine(row: FocusRow): string {
  return `{${FOCUS_COLUMNS.map((column) => `${JSON.stringify(column)}:${jsonOf(row[column])}`).join(',')}}\n`;
}

function csvCellOf(value: FocusValue): CsvCell {
  if (value === null || typeof value === 'string' || value instanceof Decimal) return value;
  return value instanceof Date ? formatInstant(value) : JSON.stringify(value);
}

function jsonOf(value: FocusValue): string {
  if (value instanceof Decimal) return formatDecimal(value);
  return JSON.stringify(value instanceof Date ? formatInstant(value) : value);
}

/** `YYYY-MM-DDTHH:mm:ssZ`, the one form of the specification; what is finer than a second is cut off. */
function formatInstant(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}
