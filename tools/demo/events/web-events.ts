import { createRandom, createWeightedDraw, type Random } from '../random.js';
import { type AccessLogEntry, DAY_MS, type DailyCount } from '../sources/sources.js';
import { type DemoEvent, demoEvent, type DemoSpan, inOrder } from './demo-event.js';
import { splitTarget } from './access-log-events.js';

const DAYS = 400;
/** About so many calls in all: enough to see the shape, few enough to load in seconds. */
const CALLS_WANTED = 100_000;
const GIGABYTE = 1_000_000_000;

/** What the calls are drawn from. */
export interface WebTraffic {
  readonly dailyCounts: readonly DailyCount[];
  readonly dayShape: readonly number[];
  readonly accessLog: readonly AccessLogEntry[];
}

/** API calls of 400 days, one event each, and the gauges and small counters beside them. */
export function buildWebEvents(traffic: WebTraffic, subject: string, span: DemoSpan): DemoEvent[] {
  const days = moveToPresent(traffic.dailyCounts, span.to).filter(({ day }) => day >= span.from);
  const events = [
    ...buildCalls(days, traffic, subject),
    ...buildStorage(days, subject),
    ...buildSeats(days, subject),
    ...buildSmall(days, subject, {
      type: 'email.sent',
      perDay: 12,
      data: (random) => ({ template: random.pick(['receipt', 'welcome', 'alert']) }),
    }),
    ...buildSmall(days, subject, {
      type: 'webhook.delivered',
      perDay: 9,
      data: (random) => ({ status: random.next() < 0.97 ? 200 : 500 }),
    }),
  ];
  return inOrder(events, span);
}

/** Moves days by whole weeks, so that weekdays stay, and cuts out the 400 days that end today. */
export function moveToPresent(counts: readonly DailyCount[], now: Date): DailyCount[] {
  const last = counts.at(-1);
  if (last === undefined) return [];
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const shiftMs = Math.ceil((today - last.day.getTime()) / (7 * DAY_MS)) * 7 * DAY_MS;
  return counts
    .map(({ day, count }) => ({ day: new Date(day.getTime() + shiftMs), count }))
    .filter(({ day }) => day.getTime() <= today && day.getTime() > today - DAYS * DAY_MS);
}

function buildCalls(days: readonly DailyCount[], { dayShape, accessLog }: WebTraffic, subject: string): DemoEvent[] {
  const total = days.reduce((sum, { count }) => sum + count, 0);
  const scale = Math.min(1, CALLS_WANTED / total);
  const drawPart = createWeightedDraw(dayShape);
  const partMs = DAY_MS / dayShape.length;
  return days.flatMap(({ day, count }) => {
    const name = day.toISOString().slice(0, 10);
    const random = createRandom(`calls ${name}`);
    const times = Array.from({ length: Math.round(count * scale) }, () => Math.floor((drawPart(random) + random.next()) * partMs)).sort(
      (a, b) => a - b,
    );
    return times.map((offset, index) => {
      const { method, target, status, bytes } = random.pick(accessLog);
      return demoEvent({
        id: `call-${name}-${index + 1}`,
        type: 'api.request',
        subject,
        at: day.getTime() + offset,
        data: { method, path: splitTarget(target).path, status, bytes },
      });
    });
  });
}

/** Measured once a day: grows from 41 to about 67.5 GB. */
function buildStorage(days: readonly DailyCount[], subject: string): DemoEvent[] {
  const random = createRandom('storage');
  return days.map(({ day }, index) => {
    const bytes = Math.round((41 + (26.5 * (index + 1)) / days.length + random.normal(0, 0.05)) * GIGABYTE);
    return demoEvent({ id: `storage-${dateOf(day)}`, type: 'storage.measured', subject, at: day.getTime() + 600_000, data: { bytes } });
  });
}

/** Sent when it changes, about every two months: from 2 to 8. */
function buildSeats(days: readonly DailyCount[], subject: string): DemoEvent[] {
  const every = Math.max(1, Math.floor(days.length / 7));
  return days
    .filter((_, index) => index % every === 0)
    .map(({ day }, index) =>
      demoEvent({
        id: `seats-${dateOf(day)}`,
        type: 'seats.changed',
        subject,
        at: day.getTime() + 9 * 3_600_000,
        data: { seats: 2 + Math.min(6, index) },
      }),
    );
}

interface SmallKind {
  readonly type: string;
  readonly perDay: number;
  readonly data: (random: Random) => Readonly<Record<string, unknown>>;
}

function buildSmall(days: readonly DailyCount[], subject: string, { type, perDay, data }: SmallKind): DemoEvent[] {
  return days.flatMap(({ day }) => {
    const random = createRandom(`${type} ${dateOf(day)}`);
    const times = Array.from({ length: random.integer(Math.floor(perDay / 2), Math.ceil(perDay * 1.5)) }, () =>
      random.integer(0, DAY_MS - 1),
    ).sort((a, b) => a - b);
    return times.map((offset, index) =>
      demoEvent({ id: `${type}-${dateOf(day)}-${index + 1}`, type, subject, at: day.getTime() + offset, data: data(random) }),
    );
  });
}

function dateOf(day: Date): string {
  return day.toISOString().slice(0, 10);
}
