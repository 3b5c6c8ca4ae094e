import { ORIGIN_DAYS, type Trial } from './run-backtest.js';
import { type Scores, mean, scoreTrials } from './scores.js';

/** The trials of one series under its name. */
export interface Result {
  readonly name: string;
  readonly trials: readonly Trial[];
}

/** MAPE of each method and coverage of the intervals, a row per series; `macroOf` of them are averaged in the last row. */
export function accuracyTable(results: readonly Result[], averaged: readonly Result[]): string {
  const header = ['series', 'n', 'run rate', 'last 7 days', 'seasonal naive', 'weekday SES', '80 % cov.', '95 % cov.', '80 % width'];
  const rows = results.map(({ name, trials }) => [name, String(trials.length), ...accuracyCells(scoreTrials(trials))]);
  if (averaged.length > 0)
    rows.push(['macro average', '', ...accuracyCells(averageScores(averaged.map(({ trials }) => scoreTrials(trials))))]);
  return table(header, rows);
}

/** The finer scores of weekday SES, a row per series. */
export function scoreTable(results: readonly Result[]): string {
  const rows = results.map(({ name, trials }) => {
    const { mase, pinball, winkler80 } = scoreTrials(trials);
    return [name, mase === null ? '–' : mase.toFixed(2), percent(pinball), percent(winkler80)];
  });
  return table(['series', 'MASE', 'pinball', 'Winkler 80 %'], rows);
}

/** Macro averages by the day of the period on which the question was asked. */
export function originTable(averaged: readonly Result[]): string {
  const header = ['asked after day', ...ORIGIN_DAYS.map(String)];
  const byDay = ORIGIN_DAYS.map((day) =>
    averageScores(averaged.map(({ trials }) => scoreTrials(trials.filter(({ originDay }) => originDay === day)))),
  );
  return table(header, [
    ['run rate', ...byDay.map(({ mape }) => percent(mape.run_rate))],
    ['last 7 days', ...byDay.map(({ mape }) => percent(mape.last_7_days))],
    ['weekday SES', ...byDay.map(({ mape }) => percent(mape.weekday_ses))],
    ['80 % cov.', ...byDay.map(({ coverage80 }) => percent(coverage80))],
  ]);
}

function accuracyCells({ mape, coverage80, coverage95, width80 }: Scores): string[] {
  return [mape.run_rate, mape.last_7_days, mape.seasonal_naive, mape.weekday_ses, coverage80, coverage95, width80].map(percent);
}

/** Each series counts once, however long it is. */
function averageScores(scores: readonly Scores[]): Scores {
  const average = (pick: (score: Scores) => number | null): number | null => mean(scores.flatMap((score) => pick(score) ?? []));
  return {
    trials: scores.reduce((sum, { trials }) => sum + trials, 0),
    mape: {
      run_rate: average(({ mape }) => mape.run_rate),
      last_7_days: average(({ mape }) => mape.last_7_days),
      seasonal_naive: average(({ mape }) => mape.seasonal_naive),
      weekday_ses: average(({ mape }) => mape.weekday_ses),
    },
    mase: average(({ mase }) => mase),
    coverage80: average(({ coverage80 }) => coverage80),
    coverage95: average(({ coverage95 }) => coverage95),
    width80: average(({ width80 }) => width80),
    pinball: average(({ pinball }) => pinball),
    winkler80: average(({ winkler80 }) => winkler80),
  };
}

function percent(share: number | null): string {
  return share === null ? '–' : (100 * share).toFixed(1);
}

/** A Markdown table, padded so that it reads as plain text too. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}
