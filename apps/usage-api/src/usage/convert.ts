import { decimal, formatDecimal } from '@tallymark/domain';
import { csvRow } from '@tallymark/provider-contracts';
import type { UsageBody, UsageRow } from './schemas.js';
import type { Series } from './series.js';
import type { UsageTableRow } from './usage-page.js';

export function convertRow({ window, series, answer }: UsageTableRow, names: readonly Series[]): UsageRow {
  const { customer, subject } = names[series]!;
  const { group, value, eventCount } = answer;
  return {
    from: window.from.toISOString(),
    to: window.to.toISOString(),
    customer,
    subject,
    group: { ...group },
    value: value === null ? null : formatDecimal(value),
    event_count: formatDecimal(eventCount),
  };
}

/** The rows of an answer as CSV, a column for each dimension; what the rows share stands in none. */
export function usageToCsv({ data }: UsageBody, dimensions: readonly string[]): string {
  const header = ['from', 'to', 'customer', 'subject', ...dimensions.map((name) => `group.${name}`), 'value', 'event_count'];
  const rows = data.map((row) =>
    csvRow([
      row.from,
      row.to,
      row.customer,
      row.subject,
      ...dimensions.map((name) => row.group[name] ?? null),
      row.value === null ? null : decimal(row.value),
      decimal(row.event_count),
    ]),
  );
  return [csvRow(header), ...rows].join('');
}
