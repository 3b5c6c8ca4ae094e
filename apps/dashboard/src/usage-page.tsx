import { useState } from 'react';
import type { ApiClient } from './api/api-client.js';
import { isForbidden } from './api/api-error.js';
import { useBillingUsage, useStatements } from './api/queries.js';
import { latestBySubscription } from './choose-subscription.js';
import { FailurePanel } from './panels/failure-panel.js';
import { FirstEvent } from './panels/first-event.js';
import { PageSkeleton } from './panels/page-skeleton.js';
import { TopBar } from './panels/top-bar.js';
import { SubscriptionPage } from './subscription-page.js';

/** What the customer of a token uses: the subscription it has, or the one it chooses. */
export function UsagePage({ client, onLeave }: { client: ApiClient; onLeave: () => void }) {
  const statements = useStatements(client);
  const billing = useBillingUsage(client);
  const [chosenId, setChosenId] = useState<string | null>(null);
  const subscriptions = latestBySubscription(statements.data ?? [], client.serverTime());
  const statement = subscriptions.find((one) => one.subscription_id === chosenId) ?? subscriptions[0];
  // A key of the whole organization may list statements, but of which customer should the page speak?
  const failure = isForbidden(billing.error) ? billing.error : statements.data === undefined ? statements.error : null;
  const retry = (): void => {
    void statements.refetch();
    void billing.refetch();
  };
  return (
    <>
      <TopBar onLeave={onLeave}>
        {statement === undefined || failure ? null : (
          <>
            <span className="customer">{statement.customer_external_id}</span>
            {subscriptions.length > 1 ? (
              <select aria-label="Subscription" value={statement.subscription_id} onChange={(event) => setChosenId(event.target.value)}>
                {subscriptions.map((one) => (
                  <option key={one.subscription_id} value={one.subscription_id}>
                    {one.subscription_external_id}
                  </option>
                ))}
              </select>
            ) : null}
            <span className="plan">
              {statement.plan_code} <span className="muted">v{statement.plan_version}</span>
            </span>
          </>
        )}
      </TopBar>
      <main>
        {failure ? (
          <div className="page">
            <h1 className="visually-hidden">Usage</h1>
            <FailurePanel error={failure} onRetry={retry} />
          </div>
        ) : statement ? (
          <SubscriptionPage key={statement.subscription_id} client={client} listed={statement} billing={billing} />
        ) : statements.isPending ? (
          <PageSkeleton />
        ) : (
          <div className="page">
            <h1>Usage</h1>
            <FirstEvent
              title="No subscription yet"
              explanation="Nothing is billed so far. Events of yours are counted from the first one on, and appear here as soon as you are on a plan."
              subject="<your subject>"
            />
          </div>
        )}
      </main>
    </>
  );
}
