import type { Window } from '@tallymark/date-window';
import {
  type Aggregation,
  type Decimal,
  type Meter,
  ZERO,
  decimal,
  decimalFromInteger,
  roundAggregate,
  roundDecimal,
} from '@tallymark/domain';

/** The sums of the rows that make one answer, as PostgreSQL prints them. */
export interface AggregateRecord {
  readonly event_count: string;
  readonly value_count: string;
  readonly sum: string;
  readonly min: string | null;
  readonly max: string | null;
  readonly latest: string | null;
  readonly weighted: string | null;
  readonly distinct_count: string;
}

/** Over which window a level is weighed, and of which period that is a share. */
export interface WeighedWindow {
  readonly window: Window;
  readonly whole: Window;
}

/** Digits behind the point of a level weighed by time, whose exact value may have no end. */
const WEIGHED_DIGITS = 20;

/** The value of a meter, rounded as it says. Null when there is no value at all. */
export function aggregateOf(
  meter: Pick<Meter, 'aggregation' | 'rounding' | 'timeUnit'>,
  record: AggregateRecord,
  over: WeighedWindow,
): Decimal | null {
  const value = exactAggregate(meter, record, over);
  return value === null ? null : roundAggregate(value, meter.rounding);
}

function exactAggregate(
  { aggregation, timeUnit }: Pick<Meter, 'aggregation' | 'timeUnit'>,
  record: AggregateRecord,
  over: WeighedWindow,
): Decimal | null {
  const optional = (text: string | null): Decimal | null => (text === null ? null : decimal(text));
  switch (aggregation) {
    case 'count':
      return decimal(record.event_count);
    case 'sum':
      return decimal(record.sum);
    case 'min':
      return optional(record.min);
    case 'max':
      return optional(record.max);
    case 'latest':
      return optional(record.latest);
    case 'unique_count':
      return decimal(record.distinct_count);
    case 'avg':
      return record.value_count === '0' ? null : decimal(record.sum).div(decimal(record.value_count));
    case 'time_weighted_sum':
      return weighLevel({ sum: decimal(record.sum), weighted: decimal(record.weighted ?? '0') }, timeUnit, over);
  }
}

/**
 * How long a level stood, in level × time unit. Each change v at the time t adds v × (end − t), whatever the order in which the changes are looked
 * at; one from before the window counts as made at its begin.
 *
 * @param changes Σ v, and Σ (v × t) with t in seconds since 1970.
 */
export function weighLevel(
  { sum, weighted }: { readonly sum: Decimal; readonly weighted: Decimal },
  timeUnit: Meter['timeUnit'],
  { window, whole }: WeighedWindow,
): Decimal {
  const levelSeconds = sum.times(seconds(window.toMs)).minus(weighted);
  return roundDecimal(levelSeconds.div(unitSeconds(timeUnit, whole)), WEIGHED_DIGITS, 'half_up');
}

function unitSeconds(timeUnit: Meter['timeUnit'], whole: Window): Decimal {
  switch (timeUnit) {
    case 'hour':
      return decimal('3600');
    case 'day':
      return decimal('86400');
    case 'period':
      return seconds(whole.durationMs);
    case null:
      throw new RangeError('received a time_weighted_sum meter without a time unit; expected hour, day or period');
  }
}

function seconds(milliseconds: number): Decimal {
  return decimalFromInteger(milliseconds).times(decimal('0.001'));
}

/** What a meter comes to when nothing was used: zero, or null for a minimum, maximum, average or latest of nothing. */
export function emptyValue(aggregation: Aggregation): Decimal | null {
  return aggregation === 'count' || aggregation === 'sum' || aggregation === 'unique_count' || aggregation === 'time_weighted_sum'
    ? ZERO
    : null;
}
