import type { OpenApiFragment } from '../openapi-fragment.js';
import { GNIP_AUTH } from './authentication.js';
import { GNIP_EXAMPLE } from './example.js';
import { GNIP_PATH } from './request.js';

const timestamp = (description: string) => ({ type: 'string', pattern: '^\\d{12}$', description });
const whole = { type: 'integer', minimum: 0 };
const errorResponse = (description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/GnipError' } } },
});

const bucketSchema = {
  type: 'object',
  required: ['timePeriod', 'activities'],
  properties: {
    timePeriod: timestamp('First day of the bucket, midnight UTC: YYYYMMDD0000.'),
    activities: { ...whole, description: 'Posts delivered, each once a UTC day; never the sum of the level below.' },
    searchRequests30Day: { ...whole, description: 'Publisher and 30-day search.' },
    searchRequestsFullArchive: { ...whole, description: 'Publisher and full-archive search.' },
    historicalPowertrackDays: { ...whole, description: 'Publisher only.' },
    historicalPowertrackJobs: { ...whole, description: 'Publisher only.' },
    days: { ...whole, description: 'Historical PowerTrack products only.' },
    jobs: { ...whole, description: 'Historical PowerTrack products only.' },
  },
  additionalProperties: false,
};
const bucket = { $ref: '#/components/schemas/GnipBucket' };
const usage = {
  used: { type: 'array', items: bucket, description: 'One entry per bucket, ascending, zero-filled.' },
  projected: {
    ...bucket,
    description:
      'The current month as it is expected to end: floor(used × days in the month ÷ days elapsed). Absent unless the current month is among monthly buckets.',
  },
};
const endpointSchema = {
  type: 'object',
  required: ['type', 'label', 'used'],
  properties: { type: { type: 'string' }, label: { type: 'string' }, ...usage },
};
const productSchema = {
  type: 'object',
  required: ['type', 'used'],
  properties: {
    type: { type: 'string' },
    ...usage,
    endpoints: { type: 'array', minItems: 1, items: endpointSchema, description: 'Absent where the product has none.' },
  },
};
const usageSchema = {
  type: 'object',
  required: ['account', 'publishers', 'bucket', 'fromDate', 'toDate'],
  properties: {
    account: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
    publishers: {
      type: 'array',
      items: {
        type: 'object',
        required: ['type', 'used', 'products'],
        properties: { type: { type: 'string' }, ...usage, products: { type: 'array', items: productSchema } },
      },
    },
    bucket: { type: 'string', enum: ['day', 'month'] },
    fromDate: timestamp('As requested or defaulted, inclusive.'),
    toDate: timestamp('As requested or defaulted, exclusive.'),
  },
};
const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'sent'],
      properties: { message: { type: 'string' }, sent: { type: 'string', format: 'date-time' } },
    },
  },
  examples: [{ error: { message: 'bucket: received "week"; expected one of day, month', sent: '2026-10-17T06:00:00+00:00' } }],
};

/** The contract's part of the OpenAPI document. */
export const gnipOpenApi: OpenApiFragment = {
  paths: {
    [GNIP_PATH]: {
      get: {
        tags: ['Gnip'],
        operationId: 'getGnipUsage',
        summary: 'Usage and projection of an account by publisher, product and endpoint',
        description: 'Names of query parameters match in any case. Without dates: the current month and the two before it.',
        security: [{ gnipBasic: [] }],
        parameters: [
          {
            name: 'account',
            in: 'path',
            required: true,
            schema: { type: 'string' },
            description: 'Case-sensitive.',
            example: GNIP_EXAMPLE.account.name,
          },
          { name: 'bucket', in: 'query', schema: { type: 'string', enum: ['day', 'month'], default: 'month' } },
          {
            name: 'fromDate',
            in: 'query',
            schema: timestamp('Inclusive, UTC. Hours and minutes are cut to 0000. Not before the 13th month before the current one.'),
          },
          {
            name: 'toDate',
            in: 'query',
            schema: timestamp(
              'Exclusive, UTC, at most three months after fromDate. An explicit one counts whole days only, so not the current day.',
            ),
          },
        ],
        responses: {
          '200': {
            description: 'Usage',
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/GnipUsage' }, examples: { months: { value: GNIP_EXAMPLE } } },
            },
          },
          '400': errorResponse('A parameter has no valid value, or the window is not offered.'),
          '401': errorResponse('Invalid credentials.'),
          '404': errorResponse('No such account for these credentials.'),
          '429': errorResponse('More than two requests in a minute.'),
          '503': errorResponse('Try again with back-off.'),
        },
      },
    },
  },
  components: {
    schemas: { GnipBucket: bucketSchema, GnipUsage: usageSchema, GnipError: errorSchema },
    securitySchemes: { gnipBasic: GNIP_AUTH },
  },
};
