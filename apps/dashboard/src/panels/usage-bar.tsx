import { ZERO } from '@tallymark/domain';
import type { StatementLine } from '../api/answers.js';
import { layOutBar } from '../figures/bar-layout.js';
import type { Formats } from '../figures/formats.js';
import { describeUsage } from '../figures/usage-level.js';

/** Used and included as one bar: what is beyond is hatched, the limit and the projection are marks on it. */
export function UsageBar({ line, formats }: { line: StatementLine; formats: Formats }) {
  const layout = layOutBar(line);
  const over = line.overage.gt(ZERO) ? `, ${formats.quantity(line.overage)} over` : '';
  const share = line.included.eq(ZERO) ? 'none included' : `${formats.percent(line.percentage)} of included`;
  return (
    <div className="bar" role="img" aria-label={`${line.name}: ${share}${over}. ${describeUsage(line)}.`}>
      <div className="bar-track">
        <span className="bar-included" style={{ width: `${layout.included}%` }} />
        <span className="bar-overage" style={{ insetInlineStart: `${layout.included}%`, width: `${layout.overage}%` }} />
      </div>
      {layout.limit === null ? null : <span className="bar-limit" style={{ insetInlineStart: `${layout.limit}%` }} />}
      {layout.projected === null ? null : (
        <span
          className={layout.isProjectedBeyond ? 'bar-projected is-beyond' : 'bar-projected'}
          style={{ insetInlineStart: `${layout.projected}%` }}
        />
      )}
    </div>
  );
}
