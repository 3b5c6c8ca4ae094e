import { normalFrom, poissonFrom, randomFrom } from './random.js';
import { DAY_MS, type Series, seriesOf } from './series.js';

const START_MS = Date.UTC(2023, 0, 1);
const THREE_YEARS = 1_096;

type Shape = (day: number, weekday: number) => number;

/** Usage such as real customers show it, seeded: judged in place of the recorded series where those are not at hand. */
export function realisticSeries(): Series[] {
  return [steadyService(), burstyService(), growingService(), smallCounts()];
}

/** Usage at the edges, where a method shows what it does when its assumptions break: shown, and not judged. */
export function edgeCaseSeries(): Series[] {
  const idle = (weekday: number) => weekday === 0 || weekday === 6;
  return [
    build('constant', 365, () => 1_000),
    build('step to ten times as much', 365, (day) => (day < 195 ? 1_000 : 10_000)),
    build('idle weekends', 365, (_day, weekday) => (idle(weekday) ? 0 : 1_000)),
    build('first month of a customer', 31, (day, weekday) => (idle(weekday) ? 600 : 1_000) + (day % 5) * 40),
    build('customer who leaves', 365, (day) => (day < 195 ? 1_000 + (day % 5) * 40 : day === 195 ? 10 : 0)),
    build('one giant spike', 365, (day) => (day === 195 ? 100_000 : 1_000)),
    build('all zeros', 365, () => 0),
  ];
}

/** An API with quiet weekends whose level wanders. */
function steadyService(): Series {
  const random = randomFrom(1);
  let level = 20_000;
  return build('synthetic: steady API, quiet weekends', THREE_YEARS, (_day, weekday) => {
    level *= Math.exp(0.012 * normalFrom(random));
    return level * weekendFactor(weekday, 0.6) * Math.exp(0.08 * normalFrom(random));
  });
}

/** Noise that lasts for days, and a burst to three times as much about once a month. */
function burstyService(): Series {
  const random = randomFrom(2);
  let mood = 0;
  return build('synthetic: bursty', THREE_YEARS, (_day, weekday) => {
    mood = 0.5 * mood + 0.25 * normalFrom(random);
    return 5_000 * weekendFactor(weekday, 0.85) * Math.exp(mood) * (random() < 0.03 ? 3 : 1);
  });
}

/** One percent more each week. */
function growingService(): Series {
  const random = randomFrom(3);
  return build(
    'synthetic: growing 1 % a week',
    THREE_YEARS,
    (day, weekday) => 2_000 * 1.01 ** (day / 7) * weekendFactor(weekday, 0.4) * Math.exp(0.1 * normalFrom(random)),
  );
}

/** A few events a day. */
function smallCounts(): Series {
  const random = randomFrom(4);
  return build('synthetic: three events a day', THREE_YEARS, (_day, weekday) => poissonFrom(random, 3 * weekendFactor(weekday, 0.7)));
}

function weekendFactor(weekday: number, factor: number): number {
  return weekday === 0 || weekday === 6 ? factor : 1;
}

function build(name: string, length: number, shape: Shape): Series {
  const days = Array.from({ length }, (_, day) => {
    const date = new Date(START_MS + day * DAY_MS);
    return [date.toISOString().slice(0, 10), Math.round(shape(day, date.getUTCDay()))] as const;
  });
  return seriesOf(name, new Map(days));
}
