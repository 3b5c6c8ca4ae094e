import { API_REQUEST_EVENT } from '../canonical.js';
import type { OpenApiFragment } from '../openapi-fragment.js';
import { componentSchema } from '../read-body.js';
import { lagoEventBatchSchema, lagoEventBodySchema } from './request.js';
import { lagoEventBatchResponseSchema, lagoEventResponseBodySchema } from './response.js';

const event = {
  transaction_id: '0b0d8f2c-7f0e-4a51-8c0b-5d7e63f1a2c9',
  external_subscription_id: 'web-co',
  code: API_REQUEST_EVENT,
  timestamp: '1791280800.25',
  properties: { method: 'GET', path: '/v1/things', status: 200, bytes: 512 },
};
const answer = {
  event: {
    lago_id: null,
    transaction_id: event.transaction_id,
    lago_customer_id: null,
    code: event.code,
    timestamp: '2026-10-06T10:00:00.250Z',
    precise_total_amount_cents: null,
    properties: event.properties,
    lago_subscription_id: null,
    external_subscription_id: event.external_subscription_id,
    created_at: '2026-10-06T10:00:01.004Z',
  },
};

/** The dialect's schemas. It has no path of its own: `POST /api/v1/events` is the OpenMeter dialect's too, and names them among its bodies. */
export const lagoEventsOpenApi: OpenApiFragment = {
  paths: {},
  components: {
    schemas: {
      LagoEventBody: { ...componentSchema(lagoEventBodySchema, 'input'), examples: [{ event }] },
      LagoEventBatch: { ...componentSchema(lagoEventBatchSchema, 'input'), examples: [{ events: [event] }] },
      LagoEventAnswer: { ...componentSchema(lagoEventResponseBodySchema), examples: [answer] },
      LagoEventBatchAnswer: { ...componentSchema(lagoEventBatchResponseSchema), examples: [{ events: [answer.event] }] },
    },
    securitySchemes: {},
  },
};
