import type { OpenApiFragment } from '../openapi-fragment.js';
import { componentSchema } from '../read-body.js';
import { BILLING_USAGE_AUTH, BILLING_USAGE_SCOPE } from './authentication.js';
import type { BillingErrorBody, BillingErrorCode } from './errors.js';
import { billingErrorSchema } from './errors.js';
import { BILLING_METRIC_TYPES, toMetricId } from './metric-types.js';
import { BILLING_USAGE_PATH } from './request.js';
import type { BillingUsageResponse } from './response.js';
import { billingUsageResponseSchema } from './response.js';

const parameter = (name: string, description: string, example: string) => ({
  name,
  in: 'query',
  required: false,
  schema: { type: 'string', maxLength: name === 'metrics' ? 2_000 : 255 },
  description,
  example,
});

const errorExample = (code: BillingErrorCode, message: string): BillingErrorBody => ({ success: false, error: { code, message } });

const errorResponse = (description: string, example: BillingErrorBody) => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/BillingUsageError' }, example } },
});

/** An answer for the current period of a plan in the middle of November. */
export const billingUsageExample: BillingUsageResponse = {
  success: true,
  data: {
    period: { start: '2026-11-01T00:00:00Z', end: '2026-11-30T23:59:59Z' },
    metrics: {
      apiCalls: { name: 'API Calls', unit: 'requests', included: 50000, used: 61250, overage: 11250, percentage: 122.5 },
      storage: { name: 'Storage', unit: 'GB', included: 200, used: 84.25, overage: 0, percentage: 42.13 },
    },
    estimatedCost: { base: 49, overage: 22.5, total: 71.5, currency: 'usd' },
    projectedUsage: { apiCalls: { projected: 91875, percentage: 183.75 } },
  },
};

const metricIds = Object.entries(BILLING_METRIC_TYPES).map(([code, { unit }]) => `${toMetricId(code)} (${unit})`);

/** The contract's part of the OpenAPI document. */
export const billingUsageOpenApi: OpenApiFragment = {
  paths: {
    [BILLING_USAGE_PATH]: {
      get: {
        tags: ['Billing usage'],
        operationId: 'getBillingUsage',
        summary: 'Included, used, overage, cost and projection of a plan',
        description:
          `Needs a customer's token, or a key of the customer with the scope ${BILLING_USAGE_SCOPE}. Without dates: the current billing period. ` +
          `History reaches back 12 months. Documented metrics: ${metricIds.join(', ')}; a plan may have others.`,
        security: [{ billingUsageBearer: [] }],
        parameters: [
          parameter(
            'startDate',
            'First date (UTC), or a date-time with offset. Alone: to the end of the billing period that holds it.',
            '2026-11-01',
          ),
          parameter(
            'endDate',
            'Last date (UTC), inclusive, or a date-time with offset. Alone: from the start of the billing period that holds it.',
            '2026-11-30',
          ),
          parameter(
            'metrics',
            'Metric ids, comma-separated, in camel or snake case. Changes what is listed, not what is charged.',
            'api_calls,storage',
          ),
        ],
        responses: {
          '200': {
            description: 'Usage',
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/BillingUsageResponse' }, example: billingUsageExample },
            },
          },
          '400': errorResponse(
            'A parameter has no valid value.',
            errorExample('BAD_REQUEST', 'Invalid date range: startDate must be before endDate'),
          ),
          '401': errorResponse('No token, or one that is unknown or expired.', errorExample('UNAUTHORIZED', 'Authentication required')),
          '403': errorResponse(
            'The credential belongs to no customer, or lacks the scope.',
            errorExample('FORBIDDEN', `the scope ${BILLING_USAGE_SCOPE} is missing`),
          ),
          '404': errorResponse('The customer has no subscription.', errorExample('NOT_FOUND', 'no subscription')),
          '429': errorResponse(
            'More requests than the limit allows.',
            errorExample('RATE_LIMITED', 'more requests than the limit allows; try again in 12 s'),
          ),
          '503': errorResponse('Not available for now.', errorExample('SERVICE_UNAVAILABLE', 'try again')),
        },
      },
    },
  },
  components: {
    schemas: { BillingUsageResponse: componentSchema(billingUsageResponseSchema), BillingUsageError: componentSchema(billingErrorSchema) },
    securitySchemes: { billingUsageBearer: BILLING_USAGE_AUTH },
  },
};
