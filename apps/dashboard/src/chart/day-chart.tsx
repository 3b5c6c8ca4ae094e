import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from 'react';
import type { DailySeries } from '../figures/daily-series.js';
import type { Formats } from '../figures/formats.js';
import { ChartDrawing } from './chart-drawing.js';
import { describeDay } from './describe-day.js';
import { chartHeight, layOutChart } from './lay-out-chart.js';
import { moveDay, nearestDay } from './move-day.js';
import { useWidth } from './use-width.js';

/** The days of a metric, with a crosshair that follows the pointer, a finger or the arrow keys. */
export function DayChart({ series, name, formats }: { series: DailySeries; name: string; formats: Formats }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const layout = useMemo(() => (width === 0 ? null : layOutChart(series, width)), [series, width]);
  const [chosen, setChosen] = useState<number | null>(null);
  const count = series.days.length;
  const latest = Math.max(
    0,
    series.days.findLastIndex((day) => day.state !== 'ahead'),
  );
  const shown = Math.min(chosen ?? latest, count - 1);
  const day = series.days[shown];
  if (day === undefined) return null;
  const description = describeDay(day, series, formats);

  const followPointer = (event: PointerEvent<HTMLDivElement>): void => {
    if (layout === null) return;
    setChosen(nearestDay(event.clientX - event.currentTarget.getBoundingClientRect().left, layout.columns));
  };
  const followKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.key === 'Escape') return setChosen(null);
    const next = moveDay(event.key, shown, count);
    if (next === null) return;
    event.preventDefault();
    setChosen(next);
  };

  return (
    <>
      <p className="readout" data-testid="readout">
        <span className="readout-day">{description.day}</span>
        <strong>{description.value}</strong>
        {description.total === null ? null : <span>{description.total}</span>}
      </p>
      <div
        ref={frame}
        className="chart"
        style={{ minHeight: chartHeight(series.kind) }}
        role="slider"
        tabIndex={0}
        aria-label={`Day of ${name}`}
        aria-orientation="horizontal"
        aria-valuemin={1}
        aria-valuemax={count}
        aria-valuenow={shown + 1}
        aria-valuetext={[description.day, description.value, description.total].filter((part) => part !== null).join(': ')}
        onKeyDown={followKey}
        onPointerMove={followPointer}
        onPointerDown={followPointer}
        onPointerLeave={() => setChosen(null)}
        onBlur={() => setChosen(null)}
      >
        {layout === null ? null : <ChartDrawing layout={layout} series={series} formats={formats} chosen={chosen} />}
      </div>
    </>
  );
}
