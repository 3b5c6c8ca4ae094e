import { CUSTOMER_TYPES } from '@tallymark/domain';
import type { OpenApiFragment } from '../openapi-fragment.js';
import { LAGO_COUNTRIES, LAGO_CURRENCIES } from './allow-lists.js';
import { LAGO_AUTH, LAGO_SCOPE } from './authentication.js';
import { LAGO_USAGE_PATH } from './request.js';

const date = { type: 'string', format: 'date' };
const text = { type: 'string', maxLength: 255 };
const filter = (name: string, schema: object, description: string) => ({ name, in: 'query', required: false, schema, description });
const errorResponse = (description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/LagoError' } } },
});

const usageSchema = {
  type: 'object',
  required: [
    'organization_id',
    'start_of_period_dt',
    'end_of_period_dt',
    'amount_currency',
    'amount_cents',
    'billable_metric_code',
    'units',
    'is_billable_metric_deleted',
  ],
  properties: {
    organization_id: { type: 'string', format: 'uuid' },
    start_of_period_dt: { ...date, description: 'First date of the period.' },
    end_of_period_dt: { ...date, description: 'Last date of the period, inclusive.' },
    amount_currency: { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217. Currencies are never added up.' },
    amount_cents: { type: 'integer', description: 'In minor units of the currency, rounded half up.' },
    billable_metric_code: { type: 'string' },
    units: { type: 'string', pattern: '^[0-9]+\\.[0-9]+$', description: 'Plain decimal with at least one fraction digit.' },
    is_billable_metric_deleted: { type: 'boolean' },
  },
};
const errorSchema = {
  type: 'object',
  required: ['status', 'error'],
  properties: {
    status: { type: 'integer' },
    error: { type: 'string' },
    code: { type: 'string' },
    error_details: { type: 'object', additionalProperties: true, description: 'Codes by parameter.' },
  },
  examples: [{ status: 400, error: 'Bad Request', code: 'invalid_parameters', error_details: { time_granularity: ['value_is_invalid'] } }],
};
const example = {
  usages: [
    {
      organization_id: '3f0d9c1e-52aa-4b0d-9a77-6c1be2f84d05',
      start_of_period_dt: '2026-10-01',
      end_of_period_dt: '2026-10-31',
      amount_currency: 'EUR',
      amount_cents: 18450,
      billable_metric_code: 'api_calls',
      units: '123000.0',
      is_billable_metric_deleted: false,
    },
    {
      organization_id: '3f0d9c1e-52aa-4b0d-9a77-6c1be2f84d05',
      start_of_period_dt: '2026-10-01',
      end_of_period_dt: '2026-10-31',
      amount_currency: 'JPY',
      amount_cents: 760,
      billable_metric_code: 'storage',
      units: '2.75',
      is_billable_metric_deleted: true,
    },
  ],
};

/** The contract's part of the OpenAPI document. */
export const lagoOpenApi: OpenApiFragment = {
  paths: {
    [LAGO_USAGE_PATH]: {
      get: {
        tags: ['Lago'],
        operationId: 'findAllUsages',
        summary: 'Usage and amounts per period, metric and currency',
        description: `Needs a key of the organization with the scope ${LAGO_SCOPE}. Filters hold together. Without dates: the last 30 days and today.`,
        security: [{ lagoBearer: [] }],
        parameters: [
          filter(
            'time_granularity',
            { type: 'string', enum: ['daily', 'weekly', 'monthly'], default: 'daily' },
            'Weeks begin on Monday. Yearly is refused.',
          ),
          filter('currency', { type: 'string', enum: LAGO_CURRENCIES }, 'ISO 4217. Without it, one row per currency.'),
          filter('from_date', date, 'First date.'),
          filter('to_date', date, 'Last date, inclusive.'),
          filter('customer_type', { type: 'string', enum: CUSTOMER_TYPES }, 'Type of the customer.'),
          filter('external_customer_id', text, 'The customer’s id in your own system.'),
          filter('customer_country', { type: 'string', enum: LAGO_COUNTRIES }, 'ISO 3166-1 alpha-2.'),
          filter('external_subscription_id', text, 'The subscription’s id in your own system.'),
          filter('is_billable_metric_recurring', { type: 'boolean' }, '"true" or "false".'),
          filter('plan_code', text, 'Code of the plan.'),
          filter('billable_metric_code', text, 'Code of the metric.'),
        ],
        responses: {
          '200': {
            description: 'Usage',
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/LagoUsages' }, examples: { october: { value: example } } },
            },
          },
          '400': errorResponse('A parameter has no valid value.'),
          '401': errorResponse('No key, or an unknown one.'),
          '403': errorResponse('The key may not read analytics.'),
          '429': errorResponse('More requests than the limit allows.'),
          '503': errorResponse('Not available for now.'),
        },
      },
    },
  },
  components: {
    schemas: {
      LagoUsages: {
        type: 'object',
        required: ['usages'],
        properties: { usages: { type: 'array', items: { $ref: '#/components/schemas/LagoUsage' } } },
      },
      LagoUsage: usageSchema,
      LagoError: errorSchema,
    },
    securitySchemes: { lagoBearer: LAGO_AUTH },
  },
};
