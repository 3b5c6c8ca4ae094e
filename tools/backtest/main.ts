import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { judge } from './judge.js';
import { readSeries } from './read-series.js';
import { type Result, accuracyTable, originTable, scoreTable } from './report.js';
import { runBacktest } from './run-backtest.js';
import { skillRange } from './scores.js';
import { type Series, completeMonths } from './series.js';
import { edgeCaseSeries, realisticSeries } from './synthetic-series.js';

const USAGE = `Usage: npm run backtest -- [--data <folder>] [--synthetic]
  --data       folder with the recorded series (default ../shared/data)
  --synthetic  use the seeded synthetic series even if recorded ones are there
Exits 1 when the macro skill against the run rate is below 0, or the 80 % intervals hold fewer than 74 % or more than 90 %.
`;

/** Complete months where there are any, else the whole series as one period. */
function backtest(series: Series): Result {
  const months = completeMonths(series);
  return { name: series.name, trials: runBacktest(series, months.length > 0 ? months : [{ first: 0, length: series.days.length }]) };
}

function main(): number {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: '../shared/data' },
      synthetic: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const folder = resolve(values.data);
  const recorded = values.synthetic ? [] : readSeries(folder);
  const series = recorded.length > 0 ? recorded : realisticSeries();
  const results = series.map(backtest);
  // A series without one whole month is shown, but is too short to weigh as much as one of a hundred months.
  const averaged = results.filter((_result, index) => completeMonths(series[index]!).length > 0);
  const seriesTrials = averaged.map(({ trials }) => trials);
  const { skill, coverage80, failures } = judge(seriesTrials);
  const range = skillRange(seriesTrials);
  const filled = series
    .filter(({ filledDays }) => filledDays > 0)
    .map(({ name, filledDays, days }) => `${name}: ${filledDays} of ${days.length} days`);
  const verdict = [
    `Skill against the run rate: ${(100 * skill).toFixed(1)} % (${(100 * range.lower).toFixed(1)} to ${(100 * range.upper).toFixed(1)} % in 9 of 10 draws of the months)`,
    `80 % intervals held ${(100 * coverage80).toFixed(1)} % of the totals`,
    ...failures.map((failure) => `FAILED: ${failure}`),
  ];
  process.stdout.write(
    [
      recorded.length > 0
        ? `Recorded series in ${folder}`
        : `Seeded synthetic series (${values.synthetic ? 'as asked' : `none recorded in ${folder}`})`,
      ...(filled.length > 0 ? [`Gaps filled from the week before: ${filled.join('; ')}`] : []),
      '',
      'Error of the period total (MAPE, %), coverage and width of the intervals (%)',
      accuracyTable(results, averaged),
      '',
      'By the day it was asked (macro average, %)',
      originTable(averaged),
      '',
      'Weekday SES, finer scores (pinball and Winkler in % of the total)',
      scoreTable(results),
      '',
      'Edge cases, shown and not judged',
      accuracyTable(edgeCaseSeries().map(backtest), []),
      '',
      ...verdict,
      '',
    ].join('\n'),
  );
  return failures.length > 0 ? 1 : 0;
}

process.exitCode = main();
