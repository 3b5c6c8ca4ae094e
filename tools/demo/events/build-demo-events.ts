import { DEMO_CUSTOMERS } from '../catalogue.js';
import type { DemoSources } from '../sources/sources.js';
import { buildAccessLogEvents } from './access-log-events.js';
import type { DemoEvent, DemoSpan } from './demo-event.js';
import { buildLlmEvents } from './llm-events.js';
import { buildSearchEvents } from './search-events.js';
import { buildWalletEvents } from './wallet-events.js';
import { buildWebEvents } from './web-events.js';

/** All events of the demo, one customer after another. The same input and span give the same events. */
export function buildDemoEvents(sources: DemoSources, span: DemoSpan): DemoEvent[] {
  return [
    ...buildWebEvents(sources, DEMO_CUSTOMERS.web, span),
    ...buildLlmEvents(sources.llmRequests, DEMO_CUSTOMERS.ai, span),
    ...buildAccessLogEvents(sources.accessLog, DEMO_CUSTOMERS.edge, span),
    ...buildWalletEvents(DEMO_CUSTOMERS.wallets, span),
    ...buildSearchEvents(DEMO_CUSTOMERS.search, span),
  ];
}
