import { Window } from '@tallymark/date-window';
import { type Aggregation, formatDecimal } from '@tallymark/domain';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { dailyUniqueSetsRead } from '../src/daily-unique-sets.js';
import { type Read, readBatch } from '../src/read-batch.js';
import { NotSettled, type SettledUsage } from '../src/settled-usage.js';
import { type ReadMeter, usageRead } from '../src/usage-reader.js';
import { usageSeriesRead } from '../src/usage-series.js';

const DAY_MS = 86_400_000;
const SUMMED: readonly Aggregation[] = ['count', 'sum', 'min', 'max', 'avg', 'time_weighted_sum'];
const DIMENSIONS = { region: '$.region', room: '$.room' };

/** What is settled is so by the database's clock, so that days are counted from the real one. */
export const NOW = new Date();
const TODAY_MS = Math.floor(NOW.getTime() / DAY_MS) * DAY_MS;

/** A midnight UTC so many days ago, and minutes after it. */
export const day = (ago: number, minutes = 0): Date => new Date(TODAY_MS - ago * DAY_MS + minutes * 60_000);

/** A question about one subject; of another organization than the world's where `of` names one. */
export interface Asked {
  readonly subject: string;
  readonly from: Date;
  readonly to: Date;
  readonly of?: string;
}

/** The questions of which something is remembered. */
export const KINDS = ['series', 'values', 'days'] as const;
export type Kind = (typeof KINDS)[number];

/** Usage of an organization in a test database, asked for as usage-api does: with what is remembered, or without. */
export class SettledWorld {
  readonly meterIds = new Map<string, string>();

  private constructor(
    readonly database: TestDatabase,
    readonly usage: UsageWorld,
    readonly owner: DataSource,
    readonly api: DataSource,
    readonly calc: DataSource,
  ) {}

  static async start(): Promise<SettledWorld> {
    const database = await startTestDatabase({ now: NOW });
    const [owner, api, calc] = await Promise.all([database.connect('owner'), database.connect('api'), database.connect('calc')]);
    const world = new SettledWorld(database, await UsageWorld.create(database, NOW), owner, api, calc);
    for (const aggregation of SUMMED) await world.addSummedMeter(aggregation);
    const unique = { aggregation: 'unique_count', valueProperty: '$.who' };
    world.meterIds.set('users', await world.usage.addMeter('users', unique));
    world.meterIds.set('rooms', await world.usage.addMeter('rooms', { ...unique, groupBy: DIMENSIONS }));
    return world;
  }

  /** A meter that takes the place of another one of its aggregation. */
  async addSummedMeter(aggregation: Aggregation, code: string = aggregation): Promise<void> {
    const id = await this.usage.addMeter(code, {
      aggregation,
      valueProperty: aggregation === 'count' ? null : '$.n',
      amountProperty: aggregation === 'sum' ? '$.n' : undefined,
      timeUnit: aggregation === 'time_weighted_sum' ? 'day' : undefined,
    });
    this.meterIds.set(aggregation, id);
  }

  /** Thirty events of a subject, from nine days ago to yesterday. */
  async use(subject: string): Promise<void> {
    await this.usage.use(Array.from({ length: 30 }, (_, n) => this.event(subject, day(1 + (n % 9), n), n)));
  }

  event(subject: string, time: Date, n: number) {
    const data = { n: n / 4, who: `user ${n}`, region: n % 3 === 0 ? 'eu' : 'us', room: `room ${n % 2}` };
    return { subject, time: time.toISOString(), data };
  }

  /** Has usage count as settled so many days later than it does, or never. */
  async settleLater(days: number): Promise<void> {
    const limit = days === Infinity ? `'-infinity'::timestamptz` : `now() - interval '${48 + 24 * days} hours'`;
    await this.owner.query(`CREATE OR REPLACE FUNCTION settled_before() RETURNS timestamptz LANGUAGE sql STABLE RETURN ${limit}`);
  }

  async askAll(asked: Asked, settled?: SettledUsage): Promise<unknown[]> {
    return Promise.all(KINDS.map((kind) => this.ask(kind, asked, settled)));
  }

  /** As usage-api asks: with what is remembered, and whole where that does not do. */
  async ask(kind: Kind, asked: Asked, settled?: SettledUsage): Promise<unknown> {
    const put = async (memory?: SettledUsage): Promise<unknown> => {
      const [answer] = await readBatch(this.api, asked.of ?? this.usage.organizationId, [this.readOf(kind, asked, memory)]);
      return answer;
    };
    try {
      return await put(settled);
    } catch (error) {
      if (!(error instanceof NotSettled)) throw error;
      return put();
    }
  }

  readOf(kind: Kind, asked: Asked, settled?: SettledUsage): Read<unknown> {
    if (kind === 'series') return this.series(asked, settled);
    return kind === 'values' ? this.values(asked, settled) : this.days(asked, settled);
  }

  private series({ subject, from, to, of = this.usage.organizationId }: Asked, settled?: SettledUsage): Read<string[][]> {
    const middleMs = (from.getTime() + to.getTime()) / 2;
    const bounds = [from, new Date(Math.floor(middleMs / 900_000) * 900_000), to];
    const requests = SUMMED.map((code) => ({ organizationId: of, meter: this.meter(code, code), subjects: [subject], bounds }));
    const read = usageSeriesRead(requests, settled)!;
    const answer = (rows: readonly never[]): string[][] =>
      read
        .answer(rows)
        .map((list) => list.map(({ value, eventCount, amount }) => [value, eventCount, amount].map(formatDecimal).join(' ')));
    return { ...read, answer };
  }

  private values({ subject, from, to, of = this.usage.organizationId }: Asked, settled?: SettledUsage): Read<string[]> {
    const request = { organizationId: of, meter: this.meter('users', 'unique_count'), subjects: [subject], window: Window.of(from, to) };
    const read = usageRead([request], 'buckets', settled);
    const answer = (rows: readonly never[]): string[] =>
      read.answer(rows)[0]!.map(({ value, eventCount }) => [value!, eventCount].map(formatDecimal).join(' '));
    return { ...read, answer };
  }

  /** Of the whole days that hold the window. */
  private days({ subject, from, to, of = this.usage.organizationId }: Asked, settled?: SettledUsage): Read<string[]> {
    const window = Window.of(new Date(Math.floor(from.getTime() / DAY_MS) * DAY_MS), new Date(Math.ceil(to.getTime() / DAY_MS) * DAY_MS));
    const levels = [['region'], ['region', 'room']];
    const meterIds = [this.meterIds.get('rooms')!];
    const read = dailyUniqueSetsRead({ organizationId: of, meterIds, subjects: [subject], window, levels }, settled)!;
    const textsOf = (rows: readonly never[]): string[] =>
      read.answer(rows)!.map(({ day: begins, level, group, count }) => JSON.stringify([begins, level, group, formatDecimal(count)]));
    return { ...read, answer: (rows) => textsOf(rows).sort() };
  }

  private meter(code: string, aggregation: Aggregation): ReadMeter {
    const timeUnit = aggregation === 'time_weighted_sum' ? 'day' : null;
    return { id: this.meterIds.get(code)!, aggregation, recurring: false, rounding: null, timeUnit, operationProperty: null };
  }
}
