import type { INestApplicationContext } from '@nestjs/common';
import {
  BILLING_USAGE_PATH,
  COMET_USAGE_PATHS,
  CROSSMINT_PATHS,
  GNIP_PATH,
  LAGO_USAGE_PATH,
  renderBillingUsage,
  renderCrossmintUsage,
  renderGnipUsage,
  renderLagoUsages,
} from '@tallymark/provider-contracts';
import type { FastRead, FastReadAnswer } from '@tallymark/service-kit';
import { BillingUsageService } from './billing-usage/billing-usage.service.js';
import { CometService } from './comet/comet.service.js';
import { CrossmintService } from './crossmint/crossmint.service.js';
import { GnipService } from './gnip/gnip.service.js';
import { LagoService } from './lago/lago.service.js';

/** The five contracts in the fast lane: the same services and the same answers as their controllers'. */
export function contractReads(app: INestApplicationContext): FastRead[] {
  const service = <T>(type: new (...args: never[]) => T): T => app.get(type, { strict: false });
  const billing = service(BillingUsageService);
  const crossmint = service(CrossmintService);
  const comet = service(CometService);
  const lago = service(LagoService);
  const gnip = service(GnipService);
  return [
    {
      route: BILLING_USAGE_PATH,
      scopes: ['usage:read'],
      schemes: ['bearer'],
      parameters: ['startDate', 'endDate', 'metrics'],
      answer: async (principal, { query }) => {
        const usage = await billing.read(principal, query);
        return answerAsOf(usage.asOf, renderBillingUsage(usage));
      },
    },
    {
      route: routeOf(CROSSMINT_PATHS[0]!),
      scopes: ['projects:usage.read'],
      schemes: ['x-api-key'],
      parameters: ['dimension', 'startDate', 'endDate'],
      answer: async (principal, { variable, query }) => {
        const { usage, asOf } = await crossmint.read(principal, variable, query);
        return answerAsOf(asOf, renderCrossmintUsage(usage));
      },
    },
    {
      route: COMET_USAGE_PATHS[0]!,
      scopes: ['usage:read'],
      schemes: ['bearer'],
      parameters: ['limit', 'before'],
      answer: async (principal, { query }) => {
        const { text, asOf } = await comet.readText(principal, query);
        return answerAsOf(asOf, text);
      },
    },
    {
      route: LAGO_USAGE_PATH,
      scopes: ['analytic:read'],
      schemes: ['bearer'],
      parameters: [
        'time_granularity',
        'currency',
        'from_date',
        'to_date',
        'customer_type',
        'external_customer_id',
        'customer_country',
        'external_subscription_id',
        'is_billable_metric_recurring',
        'plan_code',
        'billable_metric_code',
      ],
      answer: async (principal, { query }) => {
        const { rows, asOf } = await lago.read(principal, query);
        return answerAsOf(asOf, renderLagoUsages(rows));
      },
    },
    {
      route: routeOf(GNIP_PATH),
      scopes: ['usage:read'],
      schemes: ['basic'],
      parameters: ['bucket', 'fromDate', 'toDate'],
      answer: async (principal, { variable, query }) => {
        const { usage, projection, asOf } = await gnip.read(principal, variable, query);
        return answerAsOf(asOf, renderGnipUsage(usage, projection));
      },
    },
  ];
}

/** A contract's path, in braces what the router writes with a colon. */
function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/, ':$1');
}

function answerAsOf(asOf: Date, body: unknown): FastReadAnswer {
  return { body, headers: { 'tallymark-as-of': asOf.toISOString() } };
}
