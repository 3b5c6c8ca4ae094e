import type { OpenApiFragment } from '../openapi-fragment.js';
import { CROSSMINT_AUTH, CROSSMINT_SCOPE } from './authentication.js';
import { CROSSMINT_DIMENSIONS, CROSSMINT_PATHS } from './canonical.js';

const PROJECT_ID = '7d2f4c1e-58a3-4b6f-9f0e-3a1c5b8d2e64';
const month = (description: string) => ({ type: 'string', pattern: '^\\d{4}-(0[1-9]|1[0-2])$', description });
const errorResponse = (description: string, schema: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
});

const monthUsageSchema = {
  type: 'object',
  required: ['month', 'activeWallets'],
  properties: {
    month: month('YYYY-MM, a month in UTC.'),
    activeWallets: { type: 'integer', minimum: 0, description: 'Distinct wallets with at least one event in the month.' },
  },
};
const usageSchema = {
  type: 'object',
  required: ['data'],
  properties: {
    data: {
      type: 'object',
      required: ['dimension', 'usage'],
      properties: {
        dimension: { type: 'string', enum: CROSSMINT_DIMENSIONS },
        usage: {
          oneOf: [
            { $ref: '#/components/schemas/CrossmintMonthUsage' },
            { type: 'array', items: { $ref: '#/components/schemas/CrossmintMonthUsage' } },
          ],
          description: 'One object for one month; a list, ascending and zero-filled, for several.',
        },
      },
    },
  },
};
const batchErrorSchema = {
  type: 'object',
  required: ['error', 'message'],
  properties: {
    error: { type: 'boolean', const: true },
    message: { type: 'string' },
    validationErrors: { type: 'array', items: { type: 'object', required: ['message'], properties: { message: { type: 'string' } } } },
  },
  examples: [
    {
      error: true,
      message: 'Invalid arguments: see validationErrors for each of them.',
      validationErrors: [{ message: 'startDate: received "2026-13"; expected YYYY-MM, for example 2023-11' }],
    },
  ],
};
const errorSchema = {
  type: 'object',
  required: ['error', 'message'],
  properties: { error: { type: 'string', enum: ['Forbidden', 'Service Unavailable'] }, message: { type: 'string' } },
  examples: [{ error: 'Service Unavailable', message: 'Please try again in a few minutes.' }],
};

const operation = (path: string, index: number) => ({
  get: {
    tags: ['Crossmint'],
    operationId: index === 0 ? 'getCrossmintUsage' : `getCrossmintUsageAlias${index}`,
    summary: index === 0 ? 'Monthly active wallets of a project' : `Alias of ${CROSSMINT_PATHS[0]}`,
    description: `Needs a key with the scope ${CROSSMINT_SCOPE} that belongs to the project.`,
    security: [{ crossmintApiKey: [] }],
    parameters: [
      {
        name: 'projectId',
        in: 'path',
        required: true,
        schema: { type: 'string' },
        description: 'UUID, or default for the project of the key.',
        example: PROJECT_ID,
      },
      { name: 'dimension', in: 'query', required: true, schema: { type: 'string', enum: CROSSMINT_DIMENSIONS } },
      { name: 'startDate', in: 'query', required: true, schema: month('First month, YYYY-MM.'), example: '2026-08' },
      { name: 'endDate', in: 'query', schema: month('Last month, inclusive, YYYY-MM. Defaults to startDate.'), example: '2026-10' },
    ],
    responses: {
      '200': {
        description: 'Usage',
        content: {
          'application/json': {
            schema: { $ref: '#/components/schemas/CrossmintUsage' },
            examples: {
              oneMonth: { value: { data: { dimension: 'monthly_active_wallets', usage: { month: '2026-10', activeWallets: 4821 } } } },
              severalMonths: {
                value: {
                  data: {
                    dimension: 'monthly_active_wallets',
                    usage: [
                      { month: '2026-08', activeWallets: 3977 },
                      { month: '2026-09', activeWallets: 0 },
                      { month: '2026-10', activeWallets: 4821 },
                    ],
                  },
                },
              },
            },
          },
        },
      },
      '400': errorResponse('Invalid arguments, listed one by one; also a rate limit.', 'CrossmintBatchError'),
      '403': errorResponse('No key, a key without the scope, or a project that is not the key’s.', 'CrossmintError'),
      '503': errorResponse('Try again in a few minutes.', 'CrossmintError'),
    },
  },
});

/** The contract's part of the OpenAPI document, every alias included. */
export const crossmintOpenApi: OpenApiFragment = {
  paths: Object.fromEntries(CROSSMINT_PATHS.map((path, index) => [path, operation(path, index)])),
  components: {
    schemas: {
      CrossmintUsage: usageSchema,
      CrossmintMonthUsage: monthUsageSchema,
      CrossmintBatchError: batchErrorSchema,
      CrossmintError: errorSchema,
    },
    securitySchemes: { crossmintApiKey: CROSSMINT_AUTH },
  },
};
