import {
  billingUsageResponseSchema,
  cometUsageSchema,
  crossmintUsageSchema,
  eventsResponseSchema,
  gnipUsageSchema,
  lagoUsagesSchema,
} from '@tallymark/provider-contracts';
import type { Recorded } from './recorded-curl.js';

/** What is asked of the platform: which path, and the form of a good answer. */
interface Expected {
  readonly name: string;
  readonly path: RegExp;
  readonly schema: { readonly safeParse: (body: unknown) => { readonly success: boolean; readonly error?: Error | undefined } };
}

const EXPECTED: readonly Expected[] = [
  { name: 'events', path: /^\/platform\/v1\/events$/, schema: eventsResponseSchema },
  { name: 'billing usage', path: /^\/api\/billing\/usage$/, schema: billingUsageResponseSchema },
  { name: 'lago', path: /^\/api\/v1\/analytics\/usage$/, schema: lagoUsagesSchema },
  { name: 'crossmint', path: /^\/api\/v1-alpha1\/projects\/[^/]+\/usage$/, schema: crossmintUsageSchema },
  { name: 'comet', path: /^(\/rest)?(\/v1)?\/usage$/, schema: cometUsageSchema },
  { name: 'gnip', path: /^\/metrics\/usage\/accounts\/[^/]+\.json$/, schema: gnipUsageSchema },
];

/** The five usage APIs. */
export const CONTRACTS = EXPECTED.map(({ name }) => name).filter((name) => name !== 'events');

/** Which API answered. @throws Error that quotes an answer that is not 200, not JSON, or not of the API's form. */
export function checkAnswer({ url, status, contentType, body }: Recorded): string {
  const answer = `${url} answered ${status} ${contentType}: ${body.slice(0, 500)}`;
  if (status !== 200) throw new Error(`${answer}; expected 200`);
  if (!contentType.startsWith('application/json')) throw new Error(`${answer}; expected application/json`);
  const { pathname } = new URL(url);
  const expected = EXPECTED.find(({ path }) => path.test(pathname));
  if (expected === undefined) throw new Error(`${answer}; expected one of ${EXPECTED.map(({ name }) => name).join(', ')}`);
  const result = expected.schema.safeParse(parse(body, answer));
  if (!result.success) throw new Error(`${answer}; expected the form of ${expected.name}: ${result.error?.message}`);
  return expected.name;
}

/** `used` of the API calls in an answer of the billing usage API. */
export function apiCallsOf({ body }: Recorded): number {
  const used = billingUsageResponseSchema.parse(JSON.parse(body)).data.metrics['apiCalls']?.used;
  if (used === undefined) throw new Error(`there is no metric apiCalls in ${body}`);
  return used;
}

/** The verdicts in an answer of the events API. */
export function verdictsOf({ body }: Recorded): string[] {
  return eventsResponseSchema.parse(JSON.parse(body)).results.map(({ verdict }) => verdict);
}

function parse(body: string, answer: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Error(`${answer}; expected JSON`);
  }
}
