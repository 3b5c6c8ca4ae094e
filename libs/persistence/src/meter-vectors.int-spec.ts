import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { type Aggregation, METER_ROUNDING_FUNCTIONS, type MeterRounding, decimal, formatDecimal, roundDecimal } from '@tallymark/domain';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { EntityManager } from 'typeorm';
import { type ReadMeter, type UsageAnswer, readUsage } from './usage-reader.js';

interface LagoEvent {
  readonly timestamp: string;
  readonly value: string;
  readonly operation_type?: 'add' | 'remove';
}

interface LagoAggregation {
  readonly id: string;
  readonly case: string;
  readonly aggregation_type: 'weighted_sum_agg' | 'sum_agg' | 'unique_count_agg' | 'latest_agg';
  readonly input: {
    readonly from_datetime?: string;
    readonly to_datetime?: string;
    readonly period_days?: number;
    readonly prorated?: boolean;
    readonly recurring?: boolean;
    readonly pay_in_advance?: boolean;
    readonly current_usage?: boolean;
    readonly initial_value?: string;
    readonly events?: readonly (LagoEvent | string)[];
    readonly events_in_period?: readonly string[];
  };
  readonly expected: {
    readonly aggregation: string;
    readonly rounded_to?: number;
    readonly events_count?: number;
    readonly current_usage_units?: string;
  };
}

interface LagoRounding {
  readonly id: string;
  readonly case: string;
  readonly input: {
    readonly units: string;
    readonly rounding_function: MeterRounding['function'] | null;
    readonly rounding_precision: number | null;
  };
  readonly expected: { readonly units: string };
}

interface LagoVectors {
  readonly aggregations: readonly LagoAggregation[];
  readonly metric_rounding: readonly LagoRounding[];
}

const PATH = fileURLToPath(new URL('../../../../shared/vectors/lago.json', import.meta.url));
const NOW = new Date('2023-09-10T00:00:00Z');
const AUGUST = { from: '2023-08-01T00:00:00Z', to: '2023-08-31T23:59:59Z' };
const DAY_MS = 86_400_000;

/** Its reason stands with those of the other cases of Lago, in the tests of the rating library. */
const NOT_APPLIED = new Set(['agg-32']);

/**
 * Lago prorates units of a recurring metric by the days they are held, and rounds up at the fifth digit: here a level weighed by time, rounded so.
 * Paid in advance on the billing date, and shown as current units, they count in full: here the level itself.
 */
function meterOf({ aggregation_type: type, input }: LagoAggregation): Omit<ReadMeter, 'id'> {
  const isHeld = input.prorated === true && !(input.pay_in_advance === true && input.current_usage === false);
  const byType = { weighted_sum_agg: 'time_weighted_sum', sum_agg: 'sum', unique_count_agg: 'unique_count', latest_agg: 'latest' } as const;
  const aggregation: Aggregation = isHeld ? 'time_weighted_sum' : byType[type];
  return {
    aggregation,
    recurring: input.recurring ?? false,
    timeUnit: aggregation === 'time_weighted_sum' ? 'period' : null,
    rounding: isHeld ? { function: 'ceil', precision: 5 } : null,
    operationProperty: aggregation === 'unique_count' ? '$.operation' : null,
  };
}

function eventsOf({ id, aggregation_type: type, input }: LagoAggregation, aggregation: Aggregation) {
  const given = [...(input.events ?? []), ...(input.events_in_period ?? [])];
  const initial = input.initial_value === undefined ? [] : [{ timestamp: '2023-07-01T00:00:00Z', value: input.initial_value }];
  return [...initial, ...given].map((event, index) => {
    const {
      timestamp,
      value,
      operation_type: operation,
    }: LagoEvent = typeof event === 'string'
      ? { timestamp: new Date(Date.parse(AUGUST.from) + index * DAY_MS).toISOString(), value: event }
      : event;
    const isHeldItem = type === 'unique_count_agg' && aggregation === 'time_weighted_sum';
    return {
      subject: 'customer',
      type: id,
      time: timestamp,
      data: { value: isHeldItem ? (operation === 'remove' ? '-1' : '1') : value, operation },
    };
  });
}

/** Lago's last second belongs to the period. */
function windowOf({ input }: LagoAggregation): Window {
  const lastMs = Date.parse(input.to_datetime ?? AUGUST.to);
  return Window.of(new Date(input.from_datetime ?? AUGUST.from), new Date(Math.ceil((lastMs + 1) / 1_000) * 1_000));
}

if (!existsSync(PATH)) {
  it('Lago’s cases are absent: no ../shared/vectors/lago.json beside the repository', () => {
    expect(existsSync(PATH)).toBe(false);
  });
} else {
  const vectors = JSON.parse(readFileSync(PATH, 'utf8')) as LagoVectors;
  const aggregations = vectors.aggregations.filter(({ id }) => !NOT_APPLIED.has(id));

  describe('Lago’s cases are present', () => {
    let database: TestDatabase;
    let world: UsageWorld;
    let manager: EntityManager;
    const meterIds = new Map<string, string>();

    const addMeter = async (code: string, type: string, meter: Omit<ReadMeter, 'id'>): Promise<void> => {
      const id = await world.addMeter(code, {
        eventType: type,
        aggregation: meter.aggregation,
        recurring: meter.recurring,
        valueProperty: '$.value',
        timeUnit: meter.timeUnit ?? undefined,
        rounding: meter.rounding ?? undefined,
        operationProperty: meter.operationProperty ?? undefined,
      });
      meterIds.set(code, id);
    };
    const read = async (code: string, meter: Omit<ReadMeter, 'id'>, window: Window, wholeDays?: number): Promise<UsageAnswer> => {
      const whole = wholeDays === undefined ? {} : { whole: Window.of(window.from, new Date(window.fromMs + wholeDays * DAY_MS)) };
      const of = {
        organizationId: world.organizationId,
        meter: { id: meterIds.get(code)!, ...meter },
        subjects: ['customer'],
        window,
        ...whole,
      };
      const [[folded], [logged]] = [await readUsage(manager, [of]), await readUsage(manager, [of], 'events')].map(
        ([answers]) => answers!,
      ) as [UsageAnswer[], UsageAnswer[]];
      expect(folded).toEqual(logged);
      return folded!;
    };
    const levelOf = (meter: Omit<ReadMeter, 'id'>): Omit<ReadMeter, 'id'> => ({
      ...meter,
      aggregation: 'sum',
      timeUnit: null,
      rounding: null,
    });

    beforeAll(async () => {
      database = await startTestDatabase({ now: NOW });
      world = await UsageWorld.create(database, NOW);
      await world.owner.query(`SELECT ensure_month_partitions('2022-06-01', '2022-08-01')`);
      manager = (await database.connect('calc')).manager;
      for (const record of aggregations) {
        const meter = meterOf(record);
        await addMeter(record.id, record.id, meter);
        if (record.expected.current_usage_units !== undefined) await addMeter(`${record.id}-level`, record.id, levelOf(meter));
        await world.send(eventsOf(record, meter.aggregation));
      }
      for (const { id, input } of vectors.metric_rounding) {
        await addMeter(id, id, { ...levelOf(meterOf(aggregations[0]!)), recurring: false, rounding: roundingOf(input) });
        await world.send([{ subject: 'customer', type: id, time: '2023-08-05T00:00:00Z', data: { value: input.units } }]);
      }
      await world.settle();
    });
    afterAll(async () => database.stop());

    it.each(aggregations.map((record) => [record.id, record.case, record] as const))('aggregation %s: %s', async (id, _, record) => {
      const meter = meterOf(record);
      const answer = await read(id, meter, windowOf(record), record.input.period_days);
      const { aggregation, rounded_to: digits, events_count: events, current_usage_units: units } = record.expected;
      const value = digits === undefined ? answer.value! : roundDecimal(answer.value!, digits, 'half_up');
      expect(formatDecimal(value)).toBe(formatDecimal(decimal(aggregation)));
      // Of prorated ones Lago also counts the events from before the period.
      if (events !== undefined && record.input.prorated !== true) expect(formatDecimal(answer.eventCount)).toBe(String(events));
      if (units === undefined) return;
      expect(formatDecimal((await read(`${id}-level`, levelOf(meter), windowOf(record))).value!)).toBe(units);
    });

    it.each(vectors.metric_rounding.map((record) => [record.id, record.case, record] as const))(
      'rounding %s: %s',
      async (id, _, record) => {
        const meter = { ...levelOf(meterOf(aggregations[0]!)), recurring: false, rounding: roundingOf(record.input) };
        const answer = await read(id, meter, Window.of(new Date(AUGUST.from), new Date('2023-09-01T00:00:00Z')));
        expect(formatDecimal(answer.value!)).toBe(record.expected.units);
      },
    );
  });
}

/** Without a precision Lago rounds to whole units. */
function roundingOf({ rounding_function: name, rounding_precision: precision }: LagoRounding['input']): MeterRounding | null {
  const known = METER_ROUNDING_FUNCTIONS.find((one) => one === name);
  return known === undefined ? null : { function: known, precision: precision ?? 0 };
}
