import type { Demo } from '../demo/load-demo.js';

/** The `date` of `month` months before now, as `YYYY-MM`. */
function monthBefore(now: Date, months: number): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1)).toISOString().slice(0, 7);
}

/** What is printed when everything is ready: where to look, and lines to paste. */
export function formatReadyBlock({ credentials, dashboardToken }: Demo, now: Date): string {
  const { baseUrl, organization, billingUsage, lago, crossmint, comet, gnip } = credentials;
  const event = `{"specversion":"1.0","id":"hello-'$(date +%s)'","source":"/hello","type":"api.request","subject":"web-co","data":{"method":"GET","path":"/hello","status":200,"bytes":1200}}`;
  return `
  Dashboard    ${baseUrl}/#token=${dashboardToken}
  Swagger UI   ${baseUrl}/docs

  Send an event, and see it counted:

curl -sS -X POST '${baseUrl}/platform/v1/events' -H 'Authorization: Bearer ${organization.apiKey}' -H 'Content-Type: application/cloudevents+json' -d '${event}'
curl -sS '${baseUrl}/api/billing/usage?metrics=api_calls' -H 'Authorization: Bearer ${billingUsage.token}'

  The five contracts:

curl -sS '${baseUrl}/api/billing/usage' -H 'Authorization: Bearer ${billingUsage.token}'
curl -sS '${baseUrl}/api/v1/analytics/usage?time_granularity=monthly&from_date=${monthBefore(now, 2)}-01' -H 'Authorization: Bearer ${lago.apiKey}'
curl -sS '${baseUrl}/api/v1-alpha1/projects/${crossmint.projectId}/usage?dimension=monthly_active_wallets&startDate=${monthBefore(now, 2)}&endDate=${monthBefore(now, 0)}' -H 'X-API-KEY: ${crossmint.apiKey}'
curl -sS '${baseUrl}/v1/usage' -H 'Authorization: Bearer ${comet.token}'
curl -sS '${baseUrl}/metrics/usage/accounts/${gnip.account}.json' -u '${gnip.user}:${gnip.password}'

`;
}

/** What is printed when there is no demo: how to begin. */
export function formatEmptyBlock(baseUrl: string, operatorToken: string): string {
  return `
  Swagger UI   ${baseUrl}/docs

  Begin with an organization, and a key for it:

curl -sS -X POST '${baseUrl}/platform/v1/organizations' -H 'Authorization: Bearer ${operatorToken}' -H 'Content-Type: application/json' -d '{"external_id":"mine","name":"Mine"}'

`;
}
