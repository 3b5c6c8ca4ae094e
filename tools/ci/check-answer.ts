import {
  billingUsageResponseSchema,
  cometUsageSchema,
  crossmintUsageSchema,
  eventsResponseSchema,
  gnipUsageSchema,
  lagoUsagesSchema,
} from '@tallymark/provider-contracts';
import { z } from 'zod';
import type { Recorded } from './recorded-curl.js';

/** What is asked of the platform: which path, and the form of a good answer. */
interface Expected {
  readonly name: string;
  readonly path: RegExp;
  /** 200 unless it says otherwise. */
  readonly status?: number;
  readonly schema: { readonly safeParse: (body: unknown) => { readonly success: boolean; readonly error?: Error | undefined } };
}

const CONTRACT_ANSWERS: readonly Expected[] = [
  { name: 'billing usage', path: /^\/api\/billing\/usage$/, schema: billingUsageResponseSchema },
  { name: 'lago', path: /^\/api\/v1\/analytics\/usage$/, schema: lagoUsagesSchema },
  { name: 'crossmint', path: /^\/api\/v1-alpha1\/projects\/[^/]+\/usage$/, schema: crossmintUsageSchema },
  { name: 'comet', path: /^(\/rest)?(\/v1)?\/usage$/, schema: cometUsageSchema },
  { name: 'gnip', path: /^\/metrics\/usage\/accounts\/[^/]+\.json$/, schema: gnipUsageSchema },
];

const list = z.looseObject({ data: z.array(z.unknown()).min(1) });

/** The first whose path and form fit: sending events and listing them share a path. */
const EXPECTED: readonly Expected[] = [
  ...CONTRACT_ANSWERS,
  { name: 'events', path: /^\/platform\/v1\/events$/, schema: eventsResponseSchema },
  { name: 'list', path: /^\/platform\/v1\/(events|statements|usage)$/, schema: list },
  {
    name: 'correction',
    path: /^\/platform\/v1\/corrections$/,
    status: 201,
    schema: z.looseObject({ status: z.literal('proposed'), impact: z.looseObject({}) }),
  },
  { name: 'simulation', path: /^\/platform\/v1\/simulations$/, schema: z.looseObject({ totals: z.looseObject({}) }) },
];

/** What is no JSON: a path, its media type, and how it begins. */
const TABLES = [{ name: 'focus', path: /^\/platform\/v1\/exports\/focus$/, contentType: 'text/csv', begin: 'BilledCost,' }];

/** The five usage APIs. */
export const CONTRACTS = CONTRACT_ANSWERS.map(({ name }) => name);

/** Which API answered. @throws Error that quotes an answer that is not 200, not of the media type, or not of the API's form. */
export function checkAnswer({ url, status, contentType, body }: Recorded): string {
  const answer = `${url} answered ${status} ${contentType}: ${body.slice(0, 500)}`;
  const { pathname } = new URL(url);
  const candidates = EXPECTED.filter(({ path }) => path.test(pathname));
  const wanted = candidates[0]?.status ?? 200;
  if (status !== wanted) throw new Error(`${answer}; expected ${wanted}`);
  const table = TABLES.find(({ path }) => path.test(pathname));
  if (table !== undefined) {
    if (!contentType.startsWith(table.contentType) || !body.startsWith(table.begin))
      throw new Error(`${answer}; expected ${table.contentType} that begins with ${table.begin}`);
    return table.name;
  }
  if (!contentType.startsWith('application/json')) throw new Error(`${answer}; expected application/json`);
  if (candidates.length === 0) throw new Error(`${answer}; expected one of ${EXPECTED.map(({ name }) => name).join(', ')}`);
  const json = parse(body, answer);
  const results = candidates.map(({ name, schema }) => ({ name, result: schema.safeParse(json) }));
  const fitting = results.find(({ result }) => result.success);
  if (fitting === undefined)
    throw new Error(
      `${answer}; expected the form of ${results.map(({ name, result }) => `${name}: ${result.error?.message ?? ''}`).join(', or of ')}`,
    );
  return fitting.name;
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
