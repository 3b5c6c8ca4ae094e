import type { DEMO_CUSTOMERS } from '../catalogue.js';
import { createWeightedDraw, type Random } from '../random.js';
import { type DemoEvent, demoEvent } from './demo-event.js';

const PATHS = ['/v1/orders', '/v1/orders/1042', '/v1/customers', '/v1/search?q=shoes', '/v1/cart'];
const drawKind = createWeightedDraw([60, 20, 10, 5, 5]);

/** One event of what the demo's customers do all day. */
export function buildLiveEvent(customers: typeof DEMO_CUSTOMERS, random: Random, id: string, now: Date): DemoEvent {
  const at = now.getTime();
  switch (drawKind(random)) {
    case 0:
      return demoEvent({
        id,
        type: 'api.request',
        subject: customers.web,
        at,
        data: { method: random.pick(['GET', 'GET', 'POST']), path: random.pick(PATHS), status: 200, bytes: random.integer(200, 60_000) },
      });
    case 1:
      return demoEvent({
        id,
        type: 'llm.request',
        subject: customers.ai,
        at,
        data: {
          input_tokens: random.integer(50, 4_000),
          output_tokens: random.integer(10, 600),
          model: random.pick(['chat-large', 'code-large']),
        },
      });
    case 2:
      return demoEvent({
        id,
        type: 'stream.activity',
        subject: customers.search,
        at,
        data: {
          activityId: `live-${random.integer(1, 1_000_000)}`,
          publisher: 'twitter',
          product: 'PowerTrack',
          endpoint: 'PowerTrack 2.0',
          label: 'prod',
        },
      });
    case 3:
      return demoEvent({
        id,
        type: 'wallet.active',
        subject: customers.wallets,
        at,
        data: { walletId: `wallet-live-${random.integer(1, 500)}` },
      });
    default:
      return demoEvent({ id, type: 'email.sent', subject: customers.web, at, data: { template: 'receipt' } });
  }
}
