import type { Crossing } from './forecast.js';
import type { Outlook } from './outlook.js';

/** When usage passes a limit that lies `headroom` above the usage so far; a negative headroom is a limit passed already. */
export function crossingOf(outlook: Outlook, headroom: number): Crossing {
  if (headroom < 0) return { probability: 1, alreadyCrossed: true, likelyDay: null, earliestDay: null, latestDay: null };
  const chances = outlook.chancesAbove(headroom);
  const dayBy = (probability: number): string | null => chances.find((chance) => chance.probability >= probability)?.date ?? null;
  return {
    probability: chances.at(-1)?.probability ?? 0,
    alreadyCrossed: false,
    likelyDay: dayBy(0.5),
    earliestDay: dayBy(0.1),
    latestDay: dayBy(0.9),
  };
}
