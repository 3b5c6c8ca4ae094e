const DAY_MS = 86_400_000;
const DAYS_KEPT = 1_000;
const dayTexts = new Map<number, string>();

/** What `toISOString` says, in a fifth of the time: a page of requests is of few days. @throws RangeError for an invalid date */
export function instantText(instant: Date): string {
  const ms = instant.getTime();
  const day = Math.floor(ms / DAY_MS);
  const time = ms - day * DAY_MS;
  return `${dayText(day)}${two(time / 3_600_000)}:${two((time / 60_000) % 60)}:${two((time / 1_000) % 60)}.${String(time % 1_000).padStart(3, '0')}Z`;
}

/** Up to the time of day, such as `2026-11-21T`. */
function dayText(day: number): string {
  let text = dayTexts.get(day);
  if (text === undefined) {
    const midnight = new Date(day * DAY_MS).toISOString();
    text = midnight.slice(0, midnight.indexOf('T') + 1);
    if (dayTexts.size >= DAYS_KEPT) dayTexts.clear();
    dayTexts.set(day, text);
  }
  return text;
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

function two(number: number): string {
  return TWO_DIGITS[Math.floor(number)]!;
}
