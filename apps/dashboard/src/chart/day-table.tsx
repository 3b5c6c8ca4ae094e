import type { DailySeries, DayPoint } from '../figures/daily-series.js';
import type { Formats } from '../figures/formats.js';

/** The chart's twin: the same days as rows, exact. */
export function DayTable({ series, name, formats }: { series: DailySeries; name: string; formats: Formats }) {
  const isSum = series.kind === 'sum';
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={`${name}, day by day`}>
      <table className="day-table">
        <caption className="visually-hidden">
          {name} by day, in {series.unit}. Days of {formats.timeZone}.
        </caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">
              {series.kind === 'level' ? 'Level' : 'Used'} ({series.unit})
            </th>
            {isSum ? <th scope="col">In total</th> : null}
          </tr>
        </thead>
        <tbody>
          {series.days.map((day) => (
            <tr key={day.from.getTime()} className={day.state === 'ahead' ? 'is-ahead' : undefined}>
              <th scope="row">
                {formats.day(day.from)}
                {day.state === 'partial' ? <span className="so-far"> so far</span> : null}
              </th>
              <td>{cell(day, day.value, formats)}</td>
              {isSum ? <td>{cell(day, day.total, formats)}</td> : null}
            </tr>
          ))}
        </tbody>
        {series.total === null ? null : (
          <tfoot>
            <tr>
              <th scope="row">All days</th>
              <td>
                <data value={series.total.toFixed()}>{formats.exact(series.total)}</data>
              </td>
              <td />
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

function cell(day: DayPoint, value: DayPoint['value'], formats: Formats) {
  if (value !== null) return <data value={value.toFixed()}>{formats.exact(value)}</data>;
  return <span className="muted">{day.state === 'ahead' ? 'ahead' : 'no value'}</span>;
}
