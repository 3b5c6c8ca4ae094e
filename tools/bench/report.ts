import { judge, type Bound, type Measurement, type Quantity, ratioOf } from './measurement.js';

const HEADINGS = ['name', 'figure', 'rival', 'ratio', 'must reach', 'outcome'] as const;

/** The measurements as a table of aligned columns. */
export function formatTable(measurements: readonly Measurement[]): string {
  const rows = [[...HEADINGS], ...measurements.map(formatRow)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The measurements as a Markdown table. */
export function formatMarkdown(measurements: readonly Measurement[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(HEADINGS), line(HEADINGS.map(() => '---')), ...measurements.map((measurement) => line(formatRow(measurement)))].join('\n');
}

function formatRow(measurement: Measurement): string[] {
  const { name, measured, rival, bound } = measurement;
  const ratio = ratioOf(measurement);
  return [
    name,
    formatQuantity(measured),
    rival === null ? '' : `${formatQuantity({ ...measured, value: rival.value })} (${rival.name})`,
    ratio === null ? '' : ratio.toFixed(2),
    bound === null ? '' : formatBound(bound, measured.unit),
    formatOutcome(measurement),
  ];
}

function formatOutcome(measurement: Measurement): string {
  const outcome = judge(measurement);
  if (outcome === null) return '';
  return outcome.isMet ? 'met' : `misses by ${(outcome.missedBy * 100).toFixed(outcome.missedBy < 0.01 ? 1 : 0)} %`;
}

function formatBound(bound: Bound, unit: string): string {
  const limit = 'atLeast' in bound ? bound.atLeast : bound.atMost;
  const sign = 'atLeast' in bound ? '≥' : '≤';
  return bound.of === 'ratio' ? `ratio ${sign} ${limit}` : `${sign} ${formatQuantity({ value: limit, unit })}`;
}

/** `112,345 events/s`, `12.3 ms`. */
export function formatQuantity({ value, unit }: Quantity): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}
