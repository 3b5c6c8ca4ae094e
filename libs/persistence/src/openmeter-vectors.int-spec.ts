import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { type Aggregation, decimal, formatDecimal } from '@tallymark/domain';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { EntityManager } from 'typeorm';
import { readUsage } from './usage-reader.js';

type TimedValue = readonly [time: string, value: number];

interface OpenMeterRecord {
  readonly area: string;
  readonly case: string;
  readonly input: {
    readonly aggregation: Uppercase<Aggregation>;
    readonly from?: string;
    readonly to?: string;
    readonly events?: readonly { readonly value: unknown }[];
    readonly events_in_arrival_order?: readonly TimedValue[];
  };
  /** No row where there is no value. */
  readonly expected: { readonly rows: number | readonly { readonly value: number }[]; readonly value?: number };
}

const PATH = fileURLToPath(new URL('../../../../shared/vectors/openmeter.json', import.meta.url));
const START = new Date('2024-01-01T00:00:00Z');
const DEFAULT = { from: '2023-12-31T00:00:00Z', to: '2024-01-02T00:00:00Z' };

/** How the values of a window make one number. Cases of windows are about the labels of their rows, but for the one whose events arrive out of order. */
function isApplied({ area, input }: OpenMeterRecord): boolean {
  return area === 'aggregate' || (area === 'window' && input.events_in_arrival_order !== undefined);
}

function eventsOf({
  events = [],
  events_in_arrival_order: late = [],
}: OpenMeterRecord['input']): { time: string; data: { value: unknown } }[] {
  return [
    ...events.map(({ value }, index) => ({ time: new Date(START.getTime() + index * 1_000).toISOString(), data: { value } })),
    ...late.map(([time, value]) => ({ time, data: { value } })),
  ];
}

function expectedOf({ rows, value }: OpenMeterRecord['expected']): string | null {
  const shown = typeof rows === 'number' ? value : rows[0]?.value;
  return shown === undefined ? null : formatDecimal(decimal(String(shown)));
}

if (!existsSync(PATH)) {
  it('OpenMeter’s cases are absent: no ../shared/vectors/openmeter.json beside the repository', () => {
    expect(existsSync(PATH)).toBe(false);
  });
} else {
  const records = (JSON.parse(readFileSync(PATH, 'utf8')) as readonly OpenMeterRecord[]).filter(isApplied);

  describe('OpenMeter’s cases are present', () => {
    let database: TestDatabase;
    let world: UsageWorld;
    let manager: EntityManager;

    beforeAll(async () => {
      database = await startTestDatabase({ now: START });
      world = await UsageWorld.create(database, START);
      manager = (await database.connect('calc')).manager;
    });
    afterAll(async () => database.stop());

    it.each(records.map((record, index) => [record.case, record, `case_${index}`] as const))('%s', async (_, { input, expected }, code) => {
      const aggregation = input.aggregation.toLowerCase() as Aggregation;
      const valueProperty = aggregation === 'count' ? null : '$.value';
      const id = await world.addMeter(code, { aggregation, valueProperty, eventType: code });
      // One commit each, as they arrived.
      for (const event of eventsOf(input)) await world.send([{ subject: 'customer', type: code, ...event }]);
      await world.settle();
      const meter = { id, aggregation, recurring: false, rounding: null, timeUnit: null, operationProperty: null };
      const window = Window.of(new Date(input.from ?? DEFAULT.from), new Date(input.to ?? DEFAULT.to));
      const [answers] = await readUsage(manager, [{ organizationId: world.organizationId, meter, subjects: ['customer'], window }]);
      const value = answers![0]!.value;
      expect(value === null ? null : formatDecimal(value)).toBe(expectedOf(expected));
    });
  });
}
