import type { DailySeries } from '../figures/daily-series.js';
import type { Formats } from '../figures/formats.js';
import type { ChartLayout, Panel, RunningPanel } from './lay-out-chart.js';

const LABEL_GAP = 6;

interface DrawingProps {
  layout: ChartLayout;
  series: DailySeries;
  formats: Formats;
  /** Index of the day under the crosshair; null for none. */
  chosen: number | null;
}

/** The chart as a picture. Whoever can't see it has the crosshair's words and the table. */
export function ChartDrawing({ layout, series, formats, chosen }: DrawingProps) {
  const { width, height, running, daily } = layout;
  const column = chosen === null ? undefined : layout.columns[chosen];
  const point = chosen === null ? undefined : running?.points[chosen];
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
      <defs>
        <pattern id="hatch-partial" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect className="hatch-ground" width="5" height="5" />
          <line className="hatch-partial" x1="0" y1="0" x2="0" y2="5" />
        </pattern>
        <pattern id="hatch-over" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line className="hatch-over" x1="0" y1="0" x2="0" y2="6" />
        </pattern>
      </defs>
      <Weekends layout={layout} series={series} formats={formats} />
      {running === null ? null : (
        <>
          <Axis panel={running} layout={layout} title={`Total, ${series.unit}`} formats={formats} />
          <Running running={running} layout={layout} />
        </>
      )}
      <Axis panel={daily} layout={layout} title={`${series.kind === 'level' ? 'Level' : 'Each day'}, ${series.unit}`} formats={formats} />
      {daily.bars.map(({ state, ...place }) => (
        <rect
          key={place.x}
          {...place}
          rx={Math.min(2, place.width / 3)}
          className={state === 'partial' ? 'day-bar is-partial' : 'day-bar'}
        />
      ))}
      <Limit panel={daily} layout={layout} />
      <line className="baseline" x1={layout.left} x2={layout.right} y1={daily.bottom} y2={daily.bottom} />
      {layout.labelled.map((index) => (
        <text key={index} className="tick" x={layout.columns[index]!.middle} y={daily.bottom + 18} textAnchor="middle">
          {index === 0 ? formats.dayAndMonth(series.days[index]!.from) : formats.dayOfMonth(series.days[index]!.from)}
        </text>
      ))}
      {column === undefined ? null : (
        <line className="crosshair" x1={column.middle} x2={column.middle} y1={(running ?? daily).top} y2={daily.bottom} />
      )}
      {point === undefined ? null : <circle className="crosshair-point" cx={point.x} cy={point.y} r="4.5" />}
    </svg>
  );
}

/** Weekends behind everything, so that a weekly rhythm explains itself. Only where days are wide enough to tell apart. */
function Weekends({ layout, series, formats }: Omit<DrawingProps, 'chosen'>) {
  if (layout.columns.length > 100) return null;
  const gap = (layout.columns[1]?.x ?? 0) - (layout.columns[0]?.x ?? 0) - layout.columnWidth;
  return series.days.map((day, index) =>
    formats.isWeekend(day.from) ? (
      <rect
        key={index}
        className="weekend"
        x={layout.columns[index]!.x - gap / 2}
        width={layout.columnWidth + gap}
        y={(layout.running ?? layout.daily).top}
        height={layout.daily.bottom - (layout.running ?? layout.daily).top}
      />
    ) : null,
  );
}

function Axis({ panel, layout, title, formats }: { panel: Panel; layout: ChartLayout; title: string; formats: Formats }) {
  return (
    <g>
      {panel.ticks.map(({ y, value }) => (
        <g key={value}>
          <line className="grid" x1={layout.left} x2={layout.right} y1={y} y2={y} />
          <text className="tick" x={layout.left - 8} y={y} dy="0.32em" textAnchor="end">
            {formats.compact(value)}
          </text>
        </g>
      ))}
      <text className="axis-title" x={0} y={panel.top - 14}>
        {title}
      </text>
    </g>
  );
}

function Running({ running, layout }: { running: RunningPanel; layout: ChartLayout }) {
  const last = running.points.at(-1);
  return (
    <g>
      <path className="running-area" d={running.area} />
      {running.limitY === null ? null : (
        <>
          <clipPath id="above-limit">
            <rect x={layout.left} y={running.top} width={layout.right - layout.left} height={Math.max(0, running.limitY - running.top)} />
          </clipPath>
          <path className="running-over" clipPath="url(#above-limit)" d={running.area} />
        </>
      )}
      {last === undefined || running.projection === null ? null : (
        <>
          <line className="projection" x1={last.x} y1={last.y} x2={running.projection.x} y2={running.projection.y} />
          <circle className="projection-end" cx={running.projection.x} cy={running.projection.y} r="4" />
        </>
      )}
      <Limit panel={running} layout={layout} />
      <path className="running-line" d={running.line} />
      {last === undefined ? null : <circle className="running-end" cx={last.x} cy={last.y} r="3.5" />}
    </g>
  );
}

function Limit({ panel, layout }: { panel: Panel; layout: ChartLayout }) {
  if (panel.limitY === null) return null;
  // Near the top there is no room above the line, so its name goes below.
  const labelY = panel.limitY - panel.top < 14 ? panel.limitY + 14 : panel.limitY - LABEL_GAP;
  return (
    <g>
      <line className="limit" x1={layout.left} x2={layout.right} y1={panel.limitY} y2={panel.limitY} />
      <text className="limit-label" x={layout.left + 6} y={labelY}>
        included
      </text>
    </g>
  );
}
