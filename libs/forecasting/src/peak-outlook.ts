import type { DayAhead } from './days-ahead.js';
import type { LevelFit } from './fit-level.js';
import type { Outlook } from './outlook.js';
import { studentTCdf, studentTQuantile } from './student-t.js';

/**
 * Outlook of a maximum: how far the highest of the days ahead rises above the peak so far. The days count as independent, so the highest
 * of k stays below x with the k-th power of one day's probability. A peak cannot fall, so the band is one-sided: all of its doubt is above.
 */
export function peakOutlook(days: readonly DayAhead[], fit: LevelFit, peakSoFar: number): Outlook {
  const highestFactor = Math.max(0, ...days.map(({ weekday }) => fit.factors[weekday]!));
  const riseAt = (probability: number): number => {
    if (days.length === 0) return 0;
    const t = fit.relativeSpread === 0 ? 0 : studentTQuantile(probability ** (1 / days.length), fit.errorCount);
    return Math.max(0, fit.level * highestFactor * (1 + fit.relativeSpread * t) - peakSoFar);
  };
  return {
    median: riseAt(0.5),
    interval: (coverage) => ({ lower: 0, upper: Math.max(riseAt(0.5), riseAt(coverage)) }),
    chancesAbove: (headroom) =>
      days.map(({ date }, index) => ({ date, probability: 1 - chanceBelow(peakSoFar + headroom, days.slice(0, index + 1), fit) })),
  };
}

function chanceBelow(limit: number, days: readonly DayAhead[], fit: LevelFit): number {
  const expected = fit.level * Math.max(...days.map(({ weekday }) => fit.factors[weekday]!));
  const deviation = expected * fit.relativeSpread;
  if (deviation === 0) return expected > limit ? 0 : 1;
  return studentTCdf((limit - expected) / deviation, fit.errorCount) ** days.length;
}
