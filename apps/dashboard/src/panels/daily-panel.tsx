import { useMemo, useState } from 'react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { Statement, StatementLine, Usage } from '../api/answers.js';
import { DayChart } from '../chart/day-chart.js';
import { DayTable } from '../chart/day-table.js';
import { chartHeight } from '../chart/lay-out-chart.js';
import { type DailySeries, busiestDay, shapeSeries } from '../figures/daily-series.js';
import type { Formats } from '../figures/formats.js';
import { FailurePanel } from './failure-panel.js';

interface DailyPanelProps {
  usage: UseQueryResult<Usage>;
  statement: Statement;
  line: StatementLine;
  formats: Formats;
  onChoose: (metric: string) => void;
}

/** One metric day by day, as a chart and as a table. */
export function DailyPanel({ usage, statement, line, formats, onChoose }: DailyPanelProps) {
  const [isTableOpen, setTableOpen] = useState(false);
  return (
    <section className="panel daily" aria-labelledby="daily-title">
      <div className="panel-head">
        <h2 id="daily-title">Day by day</h2>
        <fieldset className="choice">
          <legend className="visually-hidden">Metric of the chart</legend>
          {statement.lines.map(({ metric, name }) => (
            <label key={metric}>
              <input type="radio" name="metric" value={metric} checked={metric === line.metric} onChange={() => onChoose(metric)} />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
      </div>
      {usage.data ? (
        <Days usage={usage.data} line={line} formats={formats} isTableOpen={isTableOpen} onTable={setTableOpen} />
      ) : usage.error ? (
        <FailurePanel error={usage.error} onRetry={() => void usage.refetch()} />
      ) : (
        <div className="skeleton" style={{ height: chartHeight('sum') + 60 }} />
      )}
    </section>
  );
}

interface DaysProps {
  usage: Usage;
  line: StatementLine;
  formats: Formats;
  isTableOpen: boolean;
  onTable: (isOpen: boolean) => void;
}

function Days({ usage, line, formats, isTableOpen, onTable }: DaysProps) {
  const series = useMemo(() => shapeSeries(usage, line), [usage, line]);
  return (
    <figure className="days" aria-labelledby="days-caption">
      <DayChart key={line.metric} series={series} name={line.name} formats={formats} />
      <figcaption id="days-caption">
        <Legend series={series} usage={usage} />
        <p className="summary">{summarize(series, line, formats)}</p>
        {usage.complete ? null : (
          <p className="summary">This meter is new and still counts events from before it existed: its days will grow.</p>
        )}
      </figcaption>
      <details className="twin" open={isTableOpen} onToggle={(event) => onTable(event.currentTarget.open)}>
        <summary>The same numbers as a table</summary>
        {isTableOpen ? <DayTable series={series} name={line.name} formats={formats} /> : null}
      </details>
    </figure>
  );
}

function Legend({ series, usage }: { series: DailySeries; usage: Usage }) {
  const hasPartial = series.days.some((day) => day.state === 'partial');
  const isOver = series.included !== null && series.total?.gt(series.included) === true;
  return (
    <ul className="legend" aria-hidden="true">
      <li className="key-bar">{series.kind === 'level' ? `${usage.aggregation} of the day` : 'day'}</li>
      {hasPartial ? <li className="key-partial">today, so far</li> : null}
      {series.kind === 'sum' ? <li className="key-line">total</li> : null}
      {series.projected === null ? null : <li className="key-projection">at this pace</li>}
      {series.included === null ? null : <li className="key-limit">included</li>}
      {isOver ? <li className="key-over">over included</li> : null}
    </ul>
  );
}

/** The chart in a sentence, and what its days have to do with the number on the card. */
function summarize(series: DailySeries, line: StatementLine, formats: Formats): string {
  const unit = series.unit;
  if (series.kind === 'level')
    return `Each bar is the level of that day; days do not add up. The plan counts ${formats.quantity(line.used)} ${line.unit}.`;
  if (series.kind === 'separate') {
    return `Days of this metric do not add up to the period, which counts ${formats.quantity(line.used)} ${line.unit} as a whole.`;
  }
  const busiest = busiestDay(series);
  const sum = series.total === null ? '' : `The days add up to ${formats.exact(series.total)} ${unit}.`;
  const peak = busiest === null ? '' : ` Busiest: ${formats.day(busiest.from)} with ${formats.quantity(busiest.value)} ${unit}.`;
  const scale = series.isInPricedUnits ? '' : ` The plan prices ${line.unit}, so its limit is not drawn here.`;
  return sum + peak + scale;
}
