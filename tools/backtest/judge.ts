import type { Trial } from './run-backtest.js';
import { macroSkill, mean, scoreTrials } from './scores.js';

/** What the method must keep to. */
export const LIMITS = { lowestSkill: 0, lowestCoverage80: 0.74, highestCoverage80: 0.9 } as const;

export interface Judgement {
  readonly skill: number;
  /** Mean over the series of the share of totals that the 80 % interval held. */
  readonly coverage80: number;
  /** What is broken, in words; empty when all is well. */
  readonly failures: readonly string[];
}

/** Judges the macro averages: a method may lose on a series, and the table says so, but not on the whole. */
export function judge(seriesTrials: readonly (readonly Trial[])[]): Judgement {
  const skill = macroSkill(seriesTrials);
  const coverage80 = mean(seriesTrials.flatMap((trials) => scoreTrials(trials).coverage80 ?? [])) ?? Number.NaN;
  const failures: string[] = [];
  if (!(skill >= LIMITS.lowestSkill))
    failures.push(`skill against the run rate is ${percent(skill)}; expected at least ${percent(LIMITS.lowestSkill)}`);
  if (!(coverage80 >= LIMITS.lowestCoverage80 && coverage80 <= LIMITS.highestCoverage80)) {
    failures.push(
      `the 80 % interval held ${percent(coverage80)}; expected ${percent(LIMITS.lowestCoverage80)} to ${percent(LIMITS.highestCoverage80)}`,
    );
  }
  return { skill, coverage80, failures };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
