import type { ApiClient } from '../api/api-client.js';
import type { Statement } from '../api/answers.js';
import type { Formats } from '../figures/formats.js';
import { describeAge, describeTimeLeft, elapsedShare, isStale } from '../figures/freshness.js';
import { describeStanding } from '../figures/usage-level.js';
import { WarningIcon } from './icons.js';
import { useServerTime } from './use-server-time.js';

interface PeriodHeaderProps {
  client: ApiClient;
  statement: Statement;
  /** Up to when usage is counted. */
  asOf: Date;
  isConnected: boolean;
  formats: Formats;
}

/** Which period, how much of it is left, and up to when usage is counted. */
export function PeriodHeader({ client, statement, asOf, isConnected, formats }: PeriodHeaderProps) {
  const now = useServerTime(client);
  const { from, to } = statement.period;
  const stale = isStale(asOf, now, to);
  const elapsed = elapsedShare(statement.period, now);
  return (
    <>
      <section className="period" aria-labelledby="period-title">
        <div className="period-main">
          <p className="eyebrow">Usage this period</p>
          <h1 id="period-title">{formats.period(from, to)}</h1>
          <p className="bounds">
            <time dateTime={from.toISOString()}>{formats.moment(from)}</time> up to, not including,{' '}
            <time dateTime={to.toISOString()}>{formats.moment(to)}</time> <span className="zone">{formats.timeZone}</span>
          </p>
          <p className="standing" data-testid="standing">
            {describeStanding(statement.lines, formats.list)}
          </p>
        </div>
        <div className="period-now">
          <p className="time-left">{describeTimeLeft(to, now)}</p>
          <div className="elapsed" aria-hidden="true">
            <span style={{ width: `${elapsed * 100}%` }} />
          </div>
          <p className="as-of" data-testid="as-of">
            <span className={!isConnected || stale ? 'pulse is-off' : 'pulse'} aria-hidden="true" />
            as of <time dateTime={asOf.toISOString()}>{formats.clock(asOf)}</time> <span className="muted">({describeAge(asOf, now)})</span>
          </p>
        </div>
      </section>
      <div role="status">
        {stale ? (
          <p className="banner is-warning" data-testid="stale">
            <WarningIcon />
            <span>
              <strong>These numbers lag behind.</strong> Usage is counted up to {formats.moment(asOf)}; what came in since will appear here.
            </span>
          </p>
        ) : null}
      </div>
    </>
  );
}
