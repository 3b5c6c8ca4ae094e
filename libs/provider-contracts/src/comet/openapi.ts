import type { OpenApiFragment } from '../openapi-fragment.js';
import { componentSchema } from '../read-body.js';
import { COMET_AUTH, COMET_SCOPE } from './authentication.js';
import type { CometErrorBody } from './errors.js';
import { cometErrorSchema } from './errors.js';
import { COMET_LIMIT, COMET_USAGE_PATHS } from './request.js';
import type { CometUsage } from './response.js';
import { cometUsageSchema } from './response.js';

/** Two requests of one key, secrets masked. */
export const cometUsageExample: CometUsage = {
  requests: [
    {
      path: '/rest/v1/report/',
      method: 'POST',
      request: {
        body: { title: 'October', sequential: false },
        query: {},
        params: {},
        headers: {
          host: 'api.example.com',
          accept: '*/*',
          authorization: 'Bearer ****f3n',
          'content-type': 'application/json',
          'content-length': '37',
        },
      },
      response: { id: 'rep_7d1c', count: 2 },
      status: 200,
      createdAt: '2026-11-20T08:03:53.020Z',
    },
    {
      path: '/rest/v1/report/rep_7d1c',
      method: 'GET',
      request: {
        body: {},
        query: {},
        params: { reportId: 'rep_7d1c' },
        headers: { host: 'api.example.com', authorization: 'Bearer ****f3n' },
      },
      response: { message: 'Not Found' },
      status: 404,
      createdAt: '2026-11-20T08:07:39.839Z',
    },
  ],
};

const errorResponse = (description: string, message: string) => {
  const example: CometErrorBody = { message };
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/CometError' }, example } } };
};

const OPERATION_IDS: Readonly<Record<(typeof COMET_USAGE_PATHS)[number], string>> = {
  '/v1/usage': 'getCometUsage',
  '/usage': 'getCometUsageWithoutVersion',
  '/rest/v1/usage': 'getCometUsageOfOlderBase',
};

const operation = (path: (typeof COMET_USAGE_PATHS)[number]) => ({
  tags: ['Comet'],
  operationId: OPERATION_IDS[path],
  summary: 'History of API requests',
  description: `Needs an API key with the scope ${COMET_SCOPE}; lists the key owner's requests, oldest first, without those to this route itself. Secrets were masked before anything was kept.`,
  security: [{ cometBearer: [] }],
  parameters: [
    {
      name: 'limit',
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: COMET_LIMIT, default: COMET_LIMIT },
      description: 'How many to list: the newest ones.',
    },
    {
      name: 'before',
      in: 'query',
      required: false,
      schema: { type: 'string', format: 'date-time' },
      description: 'Only requests made before this instant; the first createdAt of one answer leads to the page before it.',
    },
  ],
  responses: {
    '200': {
      description: 'History',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/CometUsage' }, example: cometUsageExample } },
    },
    '400': errorResponse('A parameter has no valid value.', `limit: received "0"; expected a whole number from 1 to ${COMET_LIMIT}`),
    '401': errorResponse('No key, or one that is unknown, expired or revoked.', 'Unauthorized'),
    '403': errorResponse('The key lacks the scope.', `the scope ${COMET_SCOPE} is missing`),
    '429': errorResponse('More requests than the limit allows.', 'more requests than the limit allows; try again in 12 s'),
    '503': errorResponse('Not available for now.', 'try again'),
  },
});

/** The contract's part of the OpenAPI document. */
export const cometOpenApi: OpenApiFragment = {
  paths: Object.fromEntries(COMET_USAGE_PATHS.map((path) => [path, { get: operation(path) }])),
  components: {
    schemas: { CometUsage: componentSchema(cometUsageSchema), CometError: componentSchema(cometErrorSchema) },
    securitySchemes: { cometBearer: COMET_AUTH },
  },
};
