import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ConformanceWorld } from './conformance-world.js';

/** An answer, its body parsed: every body of the contracts is JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The schemes in which a credential can be presented. */
export const SCHEMES = ['bearer', 'basic', 'x-api-key'] as const;
export type Scheme = (typeof SCHEMES)[number];

/** A contract as its clients see it. */
export interface Contract {
  readonly name: keyof ConformanceWorld['keys'];
  readonly scheme: Scheme;
  /** As our own document writes it. */
  readonly template: string;
  /** Where to read what the world's customer used. */
  readonly url: (world: ConformanceWorld) => string;
  /** A query that is answered with 400. */
  readonly malformedQuery: string;
  /** Under the contract's prefix, and nothing. */
  readonly unknownPath: string;
  /** Statuses of what the contract has words for and what it must express by another. */
  readonly statuses: Readonly<Record<Refusal, number>>;
  /** Keys of the error body, those within it after a dot, and their types. */
  readonly errorShape: (status: number) => Readonly<Record<string, string>>;
}
export type Refusal = 'no credential' | 'an unknown path' | 'a wrong method' | 'a body too large';

const REFUSED = { 'no credential': 401, 'an unknown path': 404, 'a wrong method': 405, 'a body too large': 413 } as const;

/** The five. */
export const CONTRACTS: readonly Contract[] = [
  {
    name: 'billing',
    scheme: 'bearer',
    template: '/api/billing/usage',
    url: () => '/api/billing/usage',
    malformedQuery: '?startDate=yesterday',
    unknownPath: '/api/billing/nothing',
    statuses: REFUSED,
    errorShape: () => ({ success: 'boolean', 'error.code': 'string', 'error.message': 'string' }),
  },
  {
    name: 'crossmint',
    scheme: 'x-api-key',
    template: '/api/v1-alpha1/projects/{projectId}/usage',
    url: ({ projectId, at }) =>
      `/api/v1-alpha1/projects/${projectId}/usage?dimension=monthly_active_wallets&startDate=${at.toISOString().slice(0, 7)}`,
    malformedQuery: '?dimension=monthly_active_wallets&startDate=2026-13',
    unknownPath: '/api/v1-alpha1/nothing',
    // The contract has 400, 403 and 503 alone.
    statuses: { 'no credential': 403, 'an unknown path': 403, 'a wrong method': 400, 'a body too large': 400 },
    errorShape: (status) => ({ error: status === 400 ? 'boolean' : 'string', message: 'string' }),
  },
  {
    name: 'comet',
    scheme: 'bearer',
    template: '/v1/usage',
    url: () => '/v1/usage',
    malformedQuery: '?limit=0',
    unknownPath: '/v1/usage/nothing',
    statuses: REFUSED,
    errorShape: () => ({ message: 'string' }),
  },
  {
    name: 'lago',
    scheme: 'bearer',
    template: '/api/v1/analytics/usage',
    url: () => '/api/v1/analytics/usage?time_granularity=monthly',
    malformedQuery: '?time_granularity=yearly',
    unknownPath: '/api/v1/analytics/nothing',
    statuses: REFUSED,
    errorShape: (status) => ({ status: 'number', error: 'string', ...(status === 401 ? {} : { code: 'string' }) }),
  },
  {
    name: 'gnip',
    scheme: 'basic',
    template: '/metrics/usage/accounts/{account}.json',
    url: ({ account }) => `/metrics/usage/accounts/${account}.json`,
    malformedQuery: '?bucket=week',
    unknownPath: '/metrics/usage/nothing',
    // The family has no 413.
    statuses: { ...REFUSED, 'a body too large': 400 },
    errorShape: () => ({ 'error.message': 'string', 'error.sent': 'string' }),
  },
];

/** Presents a key in a scheme. The user of Basic is the key's name. */
export function presentKey(scheme: Scheme, key: string, user: string): Record<string, string> {
  if (scheme === 'x-api-key') return { 'x-api-key': key };
  return { authorization: scheme === 'bearer' ? `Bearer ${key}` : `Basic ${Buffer.from(`${user}:${key}`).toString('base64')}` };
}

/** Asks the gateway. @throws Error that quotes a body that is no JSON */
export async function ask({ platform }: ConformanceWorld, url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${platform.baseUrl}${url}`, init);
  return readAnswer(`${init.method ?? 'GET'} ${url}`, response.status, await response.text());
}

/**
 * Announces a body, sends the first byte of it, and reads the answer that comes all the same. Sending all of it would be a race with the end
 * of a connection that nobody reads from any more.
 */
export function askWithLargeBody(
  { platform }: ConformanceWorld,
  url: string,
  { headers, bytes }: { readonly headers: Readonly<Record<string, string>>; readonly bytes: number },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = { 'content-type': 'application/json', 'content-length': bytes };
    const sent = request(`${platform.baseUrl}${url}`, { method: 'POST', headers: { ...headers, ...length } }, (response) => {
      text(response)
        .then((body) => readAnswer(`POST ${url}`, response.statusCode ?? 0, body))
        .then(resolve, reject)
        .finally(() => sent.destroy());
    });
    sent.on('error', reject).write('"');
  });
}

function readAnswer(call: string, status: number, body: string): Answer {
  try {
    return { status, body: JSON.parse(body) };
  } catch {
    throw new Error(`${call} answered ${status} with what is no JSON: ${body.slice(0, 200)}`);
  }
}

/** Asks a contract for the usage of the world's customer, as its own client does. */
export function askContract(world: ConformanceWorld, contract: Contract): Promise<Answer> {
  return ask(world, contract.url(world), { headers: presentKey(contract.scheme, world.keys[contract.name], world.gnipUser) });
}

/** Keys of a body, those of objects within it after a dot, and the types of their values. */
export function shapeOf(body: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(body as Readonly<Record<string, unknown>>).flatMap(([name, value]): [string, string][] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).map(([inner, of]) => [`${name}.${inner}`, typeof of])
        : [[name, typeof value]],
    ),
  );
}
