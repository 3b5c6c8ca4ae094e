import { randomUUID } from 'node:crypto';
import v8 from 'node:v8';
import vm from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { dailyUniqueSetsRead } from './daily-unique-sets.js';
import type { Read } from './read-batch.js';
import { settledSeriesRead } from './settled-series.js';
import { settledValuesRead } from './settled-uniques.js';
import { SettledUsage } from './settled-usage.js';

const DAY_MS = 86_400_000;
const FROM = new Date('2026-10-01T00:00:00Z');
const day = (n: number): Date => new Date(FROM.getTime() + n * DAY_MS);
/** The longest name of a subject, in characters of two bytes. */
const SUBJECT = 'ё'.repeat(256);
const VERSION = randomUUID();

/** A text of its own, as each is that comes from the database. */
const own = (text: string): string => Buffer.from(text).toString();
/** What each row begins with. */
const proof = (settled = day(100)) => ({ version: own(VERSION), settled_before: own(String(settled.getTime())) });
const answer = (read: Read<unknown> | null, rows: readonly object[]): unknown => read!.answer(rows as never[]);

const partRow = ({ meterId, part, number }: { meterId: string; part: number; number: string }) => {
  const counts = { event_count: own('4711'), value_count: own('4711') };
  const sums = { sum: own(number), min: own(number), max: own(number), latest: null, weighted: own(number), amount: own(number) };
  return { ...proof(), meter_id: own(meterId), part, ...counts, ...sums, new_values: own('0') };
};

function answerSeries(settled: SettledUsage, series: { meterIds: string[]; bounds: Date[] }, rows: readonly object[]): void {
  answer(settledSeriesRead({ organizationId: VERSION, subject: SUBJECT, ...series }, settled), rows);
}

/** A question about parts of a series, each sum of so many digits. */
function askSeries(settled: SettledUsage, parts: number, digits: number): void {
  const meterId = own(randomUUID());
  const bounds = Array.from({ length: parts + 1 }, (_, n) => day(n));
  const rows = bounds.slice(1).map((_, n) => partRow({ meterId, part: n + 1, number: '7'.repeat(digits) }));
  answerSeries(settled, { meterIds: [meterId], bounds }, rows);
}

/** A question about distinct values. */
function askValues(settled: SettledUsage, values: number): void {
  const question = { organizationId: VERSION, subject: SUBJECT, meterId: own(randomUUID()), window: Window.of(day(0), day(30)) };
  const hashes = Buffer.from(Array.from({ length: values }, (_, n) => String(n).padStart(16, '0')).join(''));
  const row = { ...proof(), is_before: true, event_count: own('4711'), hashes };
  answer(settledValuesRead(question, settled), values === 0 ? [{ ...row, event_count: null }] : [row]);
}

/** A question about the counts of days, each day in so many groups, with names that are the same each day or not. */
function askDays(settled: SettledUsage, { groups, isSame, name }: { groups: number; isSame: boolean; name: string }): void {
  const levels = [['publisher'], ['publisher', 'product'], ['publisher', 'product', 'endpoint']];
  const window = Window.of(day(0), day(20));
  const meterIds = [own(randomUUID())];
  const rows = Array.from({ length: 20 * groups }, (_, n) => {
    const of = (kind: string): string => `${kind}${name}${isSame ? n % groups : n}`;
    const group = JSON.stringify({ publisher: of('p'), product: of('q'), endpoint: of('e') });
    return {
      ...proof(),
      second: own(String(day(n % 20).getTime() / 1_000)),
      groups: [JSON.parse(group) as unknown],
      uniques: own(String(9_999 + n)),
    };
  });
  answer(dailyUniqueSetsRead({ organizationId: VERSION, subjects: [SUBJECT], meterIds, window, levels }, settled), rows);
}

/** What the code itself takes more or less, compiled and thrown away as it is. */
const NOISE_BYTES = 524_288;

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

function bytesInUse(): number {
  // What buffers hold is given back behind the first.
  for (let turn = 0; turn < 2; turn += 1) collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('the memory of settled usage', () => {
  it.each<[string, (settled: SettledUsage) => void]>([
    ['a few small sums', (settled) => askSeries(settled, 2, 3)],
    ['many small sums', (settled) => askSeries(settled, 60, 5)],
    ['sums of 165 digits', (settled) => askSeries(settled, 30, 165)],
    ['no values', (settled) => askValues(settled, 0)],
    ['a value', (settled) => askValues(settled, 1)],
    ['a thousand values', (settled) => askValues(settled, 1_000)],
    ['counts of one group', (settled) => askDays(settled, { groups: 1, isSame: true, name: 'a' })],
    ['counts of groups with short names', (settled) => askDays(settled, { groups: 3, isSame: false, name: 'ab' })],
    ['counts of groups with long names', (settled) => askDays(settled, { groups: 2, isSame: false, name: 'l'.repeat(60) })],
    ['counts of groups with the longest names', (settled) => askDays(settled, { groups: 1, isSame: false, name: 'ё'.repeat(290) })],
  ])('takes no more than it says, nor far less: %s', (_, ask) => {
    const settled = new SettledUsage();
    // The first answer says what is settled; most of the code is compiled after a few.
    for (let turn = 0; turn < 20; turn += 1) ask(settled);
    const [told, used] = [settled.bytes, bytesInUse()];
    while (settled.bytes < 8 * 1_048_576) ask(settled);
    const grown = bytesInUse() - used;
    expect(grown).toBeLessThan(settled.bytes - told + NOISE_BYTES);
    expect(grown).toBeGreaterThan((settled.bytes - told) / 3);
  });

  it('takes no more than it says where sums are put together of what was settled earlier and later', () => {
    const settled = new SettledUsage();
    const meterIds = Array.from({ length: 4_000 }, () => own(randomUUID()));
    const used = bytesInUse();
    for (const now of [day(15), day(40), day(60)]) {
      answerSeries(settled, { meterIds: [VERSION], bounds: [day(0), day(30)] }, [{ ...proof(now), meter_id: null }]);
      for (const meterId of meterIds) {
        const row = partRow({ meterId, part: 1, number: `${'7'.repeat(80)}.${'7'.repeat(80)}` });
        answerSeries(settled, { meterIds: [meterId], bounds: [day(0), day(30)] }, [{ ...row, ...proof(now) }]);
      }
    }
    expect(bytesInUse() - used).toBeLessThan(settled.bytes + NOISE_BYTES);
  });
});
