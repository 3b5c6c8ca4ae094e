import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { parseConfig } from '@tallymark/service-kit';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { usageApiConfig } from '../../src/config.js';
import { createApp } from '../../src/create-app.js';

export const OPERATOR_TOKEN = 'operator-token-of-the-tests-alone';
export const TOKEN_SECRET = 'token-secret-of-the-tests-and-no-other';
/** A server under load takes its time to make a database. */
export const START_TIMEOUT_MS = 60_000;
export const NOW = new Date('2026-11-21T12:00:00.000Z');

export type Json = Readonly<Record<string, unknown>>;

/** An answer as the tests look at it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Json;
}

/** One request. `token` is the bearer token; none when it is left out. */
export interface Call {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The service over a database of its own, with a clock that stands at {@link NOW}. */
export interface CatalogueApp {
  readonly app: NestFastifyApplication;
  readonly database: TestDatabase;
  call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, call?: Call): Promise<Answer>;
  /** A new organization with a key of all scopes. */
  addOrganization(externalId: string): Promise<{ id: string; key: string }>;
  stop(): Promise<void>;
}

export async function startCatalogueApp(): Promise<CatalogueApp> {
  const database = await startTestDatabase({ now: NOW });
  const environment = { PORT: '0', DATABASE_URL: database.apiUrl, TOKEN_SECRET, OPERATOR_TOKEN, LOG_LEVEL: 'silent' };
  const app = await createApp(parseConfig(usageApiConfig, environment), { clock: () => NOW });
  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, { token, body, headers }: Call = {}): Promise<Answer> => {
    const response = await app.inject({
      method,
      url: path,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    return { status: response.statusCode, headers: response.headers, body: response.payload === '' ? {} : response.json<Json>() };
  };
  return {
    app,
    database,
    call,
    addOrganization: async (externalId) => {
      const organization = await call('POST', '/platform/v1/organizations', {
        token: OPERATOR_TOKEN,
        body: { external_id: externalId, name: externalId },
      });
      const id = textOf(organization, 'id');
      const key = await call('POST', `/platform/v1/organizations/${id}/api-keys`, {
        token: OPERATOR_TOKEN,
        body: { name: 'all', scopes: ALL_SCOPES },
      });
      return { id, key: textOf(key, 'key') };
    },
    stop: async () => {
      await app.close();
      await database.stop();
    },
  };
}

export const ALL_SCOPES = [
  'analytic:read',
  'catalogue:read',
  'catalogue:write',
  'corrections:write',
  'events:read',
  'events:write',
  'keys:admin',
  'projects:usage.read',
  'usage:read',
] as const;

/** A text member of an answer's body. @throws Error that quotes the answer when it is not there. */
export function textOf(answer: Answer, member: string): string {
  const value = answer.body[member];
  if (typeof value !== 'string') throw new Error(`expected ${member} to be text; received ${answer.status} ${JSON.stringify(answer.body)}`);
  return value;
}

/** The pointers or parameters of a problem, sorted. */
export function placesOf(answer: Answer): string[] {
  const errors = answer.body['errors'] as { pointer?: string; parameter?: string }[] | undefined;
  return (errors ?? []).map((error) => error.pointer ?? error.parameter ?? '').sort();
}

export const METER = { code: 'api_calls', name: 'API calls', unit: 'requests', event_type: 'api.request', aggregation: 'count' };

export const PLAN = {
  code: 'pro',
  name: 'Pro',
  currency: 'USD',
  interval: 'monthly',
  base_amount: '99.00',
  charges: [
    {
      metric: 'api_calls',
      name: 'API calls',
      meter_code: 'api_calls',
      unit: 'calls',
      included_units: '1000',
      price: { model: 'standard', unit_amount: '0.0050' },
    },
  ],
};
