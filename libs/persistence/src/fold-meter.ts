import type { Aggregation, MeterFilter } from '@tallymark/domain';

/** A meter as the fold reads it: a row of the table. */
export interface FoldMeter {
  readonly id: string;
  readonly aggregation: Aggregation;
  readonly value_property: string | null;
  readonly filters: readonly MeterFilter[];
  readonly group_by: Readonly<Record<string, string>>;
  readonly operation_property: string | null;
  readonly amount_property: string | null;
}

/** Columns of {@link FoldMeter}, for SELECT. */
export const FOLD_METER_COLUMNS = 'id, aggregation, value_property, filters, group_by, operation_property, amount_property';
