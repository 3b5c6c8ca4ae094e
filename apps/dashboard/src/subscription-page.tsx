import type { UseQueryResult } from '@tanstack/react-query';
import { ZERO } from '@tallymark/domain';
import { useMemo, useState } from 'react';
import type { BillingUsage, Statement } from './api/answers.js';
import type { Answer, ApiClient } from './api/api-client.js';
import { useDailyUsage, useStatement } from './api/queries.js';
import { createFormats } from './figures/formats.js';
import { ApiPanel } from './panels/api-panel.js';
import { CostPanel } from './panels/cost-panel.js';
import { DailyPanel } from './panels/daily-panel.js';
import { FailureBanner } from './panels/failure-panel.js';
import { FirstEvent } from './panels/first-event.js';
import { MetricCard } from './panels/metric-card.js';
import { PeriodHeader } from './panels/period-header.js';

interface SubscriptionPageProps {
  client: ApiClient;
  /** The statement to begin with, until the live one is there. */
  listed: Statement;
  billing: UseQueryResult<Answer<BillingUsage> | null>;
}

/** A subscription's usage in its current billing period. All numbers on it come from one statement, so that they agree. */
export function SubscriptionPage({ client, listed, billing }: SubscriptionPageProps) {
  const current = useStatement(client, listed.subscription_id);
  const statement = current.data ?? listed;
  const [metric, setMetric] = useState<string | null>(null);
  const line = statement.lines.find((one) => one.metric === metric) ?? statement.lines[0];
  const usage = useDailyUsage(client, line === undefined ? null : requestOf(statement, line.meter_code));
  const timeZone = statement.time_zone ?? usage.data?.time_zone ?? 'UTC';
  const formats = useMemo(
    () => createFormats({ locale: navigator.language, timeZone, currency: statement.currency }),
    [timeZone, statement.currency],
  );
  const error = current.error ?? billing.error;
  const retry = (): void => {
    void current.refetch();
    void billing.refetch();
  };
  const isUnused = statement.lines.every(({ used }) => used.eq(ZERO));
  return (
    <div className="page">
      <PeriodHeader
        client={client}
        statement={statement}
        asOf={billing.data?.asOf ?? statement.as_of}
        isConnected={error === null}
        formats={formats}
      />
      {error === null ? null : <FailureBanner error={error} onRetry={retry} />}
      {isUnused ? (
        <FirstEvent
          title="No usage yet this period"
          explanation="Nothing has been counted since the period began. Send an event for this customer and watch it arrive:"
          subject={statement.customer_external_id}
        />
      ) : null}
      <div className="columns">
        <section className="metrics" aria-labelledby="metrics-title">
          <h2 id="metrics-title" className="visually-hidden">
            Metrics
          </h2>
          <ul className="cards">
            {statement.lines.map((one) => (
              <MetricCard key={one.metric} line={one} formats={formats} />
            ))}
          </ul>
        </section>
        <CostPanel statement={statement} formats={formats} />
        {line === undefined ? null : <DailyPanel usage={usage} statement={statement} line={line} formats={formats} onChoose={setMetric} />}
        {billing.data ? <ApiPanel usage={billing.data.body} /> : null}
      </div>
    </div>
  );
}

function requestOf(statement: Statement, meter: string) {
  return { meter, period: statement.period, timeZone: statement.time_zone, revision: statement.revision };
}
