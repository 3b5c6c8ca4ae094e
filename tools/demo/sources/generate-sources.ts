import { createRandom, createWeightedDraw, type Random } from '../random.js';
import { type AccessLogEntry, DAY_MS, type DailyCount, type LlmRequest } from './sources.js';

/** Where the generated series lie in time; they are moved to the present anyway. */
const EPOCH = Date.UTC(2024, 0, 1);

/** Requests of one hour to a language model: log-normal token counts, about as the published traces have them. */
export function generateLlmRequests(model: 'chat-large' | 'code-large'): LlmRequest[] {
  const random = createRandom(`llm ${model}`);
  const profile = model === 'chat-large' ? { requests: 19_000, input: 6.6, output: 5.0 } : { requests: 9_000, input: 7.3, output: 2.6 };
  const times = Array.from({ length: profile.requests }, () => EPOCH + Math.floor(random.next() * 3_600_000)).sort((a, b) => a - b);
  return times.map((at) => ({
    at: new Date(at),
    model,
    inputTokens: logNormal(random, profile.input, 0.9, 7_500),
    outputTokens: logNormal(random, profile.output, 0.7, 1_500),
  }));
}

const PAGES = [
  '/',
  '/docs/',
  '/docs/quickstart',
  '/blog/',
  '/blog/tags/api?flav=rss20',
  '/images/logo.png',
  '/style.css',
  '/favicon.ico',
  '/robots.txt',
  '/projects/export/',
];
const AGENTS = ['Mozilla/5.0 (X11; Linux x86_64)', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15)', 'curl/8.5.0', 'ExampleBot/2.1'];
const drawStatus = createWeightedDraw([9126, 445, 213, 164, 45, 7]);
const STATUSES = [200, 304, 404, 301, 206, 500];

/** Four days of a web server's access log: 10,000 lines. */
export function generateAccessLog(): AccessLogEntry[] {
  const random = createRandom('access log');
  const times = Array.from({ length: 10_000 }, () => EPOCH + Math.floor((random.next() * 3.5 * DAY_MS) / 1000) * 1000).sort(
    (a, b) => a - b,
  );
  return times.map((at) => {
    const status = STATUSES[drawStatus(random)]!;
    return {
      at: new Date(at),
      method: random.next() < 0.995 ? 'GET' : 'HEAD',
      target: random.pick(PAGES),
      status,
      bytes: status === 200 || status === 206 ? logNormal(random, 9.3, 1.6, 60_000_000) : 0,
      referer: random.next() < 0.4 ? 'https://www.example.com/' : '',
      userAgent: random.pick(AGENTS),
    };
  });
}

const WEEKDAY_FACTORS = [0.75, 1.1, 1.15, 1.15, 1.1, 1.0, 0.72];

/** Daily counts of 60 weeks: a weekly shape from Sunday on, slow growth and noise. */
export function generateDailyCounts(): DailyCount[] {
  const random = createRandom('daily counts');
  return Array.from({ length: 420 }, (_, index) => {
    const day = new Date(EPOCH + index * DAY_MS);
    const level = 2_200 * (1 + index / 1_000) * WEEKDAY_FACTORS[day.getUTCDay()]!;
    return { day, count: Math.max(1, Math.round(random.normal(level, level * 0.08))) };
  });
}

/** A day's traffic in quarters of an hour: low at night, highest in the afternoon. */
export function generateDayShape(): number[] {
  return Array.from({ length: 96 }, (_, part) => 1.3 - Math.cos(((part - 12) / 96) * 2 * Math.PI));
}

function logNormal(random: Random, mean: number, deviation: number, most: number): number {
  return Math.min(most, Math.max(1, Math.round(Math.exp(random.normal(mean, deviation)))));
}
