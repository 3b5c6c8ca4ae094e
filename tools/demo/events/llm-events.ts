import type { LlmRequest } from '../sources/sources.js';
import { type DemoEvent, demoEvent, type DemoSpan, inOrder } from './demo-event.js';

/** How long before the demo's end the last request came. */
const LAST_REQUEST_BEFORE_END_MS = 2_000;

/** Requests to a language model, moved so that the last came just now. */
export function buildLlmEvents(requests: readonly LlmRequest[], subject: string, span: DemoSpan): DemoEvent[] {
  let last = -Infinity;
  for (const request of requests) last = Math.max(last, request.at.getTime());
  const shiftMs = span.to.getTime() - LAST_REQUEST_BEFORE_END_MS - last;
  const counters = new Map<string, number>();
  const events = requests.map((request) => {
    const number = (counters.get(request.model) ?? 0) + 1;
    counters.set(request.model, number);
    return demoEvent({
      id: `llm-${request.model}-${number}`,
      type: 'llm.request',
      subject,
      at: request.at.getTime() + shiftMs,
      data: { input_tokens: request.inputTokens, output_tokens: request.outputTokens, model: request.model },
    });
  });
  return inOrder(events, span);
}
