import { ZERO } from '@tallymark/domain';
import type { StatementLine } from '../api/answers.js';
import { percentageOf } from '../figures/bar-layout.js';
import type { Formats } from '../figures/formats.js';
import { describeUsage, usageLevel } from '../figures/usage-level.js';
import { LevelIcon } from './icons.js';
import { UsageBar } from './usage-bar.js';

/** One metric: used of included, how near that is, what is expected, and what it costs so far. */
export function MetricCard({ line, formats }: { line: StatementLine; formats: Formats }) {
  const isOver = line.overage.gt(ZERO);
  const level = usageLevel(line.percentage);
  return (
    <li className={`card level-${level}`} data-testid={`card-${line.metric}`}>
      <div className="card-head">
        <h3>{line.name}</h3>
        <span className="pill">
          <LevelIcon level={level} isOver={isOver} />
          {describeUsage(line)}
        </span>
      </div>
      <p className="figure">
        <data className="used" value={line.used.toFixed()}>
          {formats.quantity(line.used)}
        </data>{' '}
        <span className="of-included">
          {line.included.eq(ZERO) ? null : `/ ${formats.quantity(line.included)} `}
          {line.unit}
        </span>
      </p>
      <UsageBar line={line} formats={formats} />
      <p className="card-facts">
        <span>
          {line.included.eq(ZERO) ? (
            'none included'
          ) : (
            <>
              <strong>{formats.percent(line.percentage)}</strong> of included
            </>
          )}
        </span>
        {isOver ? (
          <span className="over">
            <strong>{formats.quantity(line.overage)}</strong> over
          </span>
        ) : null}
        {line.amount.eq(ZERO) ? null : <span className="card-amount">{formats.money(line.amount)}</span>}
      </p>
      <Projection line={line} formats={formats} />
    </li>
  );
}

function Projection({ line, formats }: { line: StatementLine; formats: Formats }) {
  if (line.projected_used === null) return <p className="projected muted">A level, not projected</p>;
  if (line.used.eq(ZERO)) return <p className="projected muted">Nothing used yet</p>;
  const percentage = percentageOf(line.projected_used, line.included);
  return (
    <p className="projected muted">
      <span className="projected-key" aria-hidden="true" />
      At this pace {formats.quantity(wholeFrom(line.projected_used))} by the end
      {percentage === null ? '' : ` (${formats.percent(percentage)})`}
    </p>
  );
}

/** A projection is an estimate: decimals of large numbers would claim a precision that it lacks. */
function wholeFrom(value: NonNullable<StatementLine['projected_used']>): NonNullable<StatementLine['projected_used']> {
  return value.gte('100') ? value.round(0) : value;
}
