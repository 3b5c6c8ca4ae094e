import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AS_OF, type FixtureMetric, NOW, billingUsageOf, demoMetrics, statementOf, usageOf } from './usage-fixture.js';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/** What the API of the fixture says next; a test changes it while the page is open. */
export interface FixtureState {
  metrics: readonly FixtureMetric[];
  revision: number;
  asOf: Date;
  /** Every request of the API fails so; null: it answers. */
  failure: { readonly status: number; readonly body: unknown; readonly contentType: string } | null;
  hasSubscription: boolean;
  timeZone: string;
}

/** A server of the built page, under the policy it is served with, and of its API. */
export interface FixtureServer {
  readonly url: string;
  /** The built page. */
  readonly root: string;
  readonly state: FixtureState;
  /** Status and path of each API request, in order. */
  readonly log: { readonly status: number; readonly path: string; readonly authorization: string | undefined }[];
  readonly reset: () => void;
  readonly close: () => Promise<void>;
}

function initialState(): FixtureState {
  return { metrics: demoMetrics(), revision: 1, asOf: AS_OF, failure: null, hasSubscription: true, timeZone: 'UTC' };
}

/** @throws Error when the page is not built. */
export async function startFixtureServer(): Promise<FixtureServer> {
  if (!existsSync(join(DIST, 'index.html')))
    throw new Error(`no ${DIST}/index.html: build the page first, with npm run build -w apps/dashboard`);
  const state = initialState();
  const log: FixtureServer['log'] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fixture');
    if (!pathname.startsWith('/api/') && !pathname.startsWith('/platform/')) return sendFile(pathname, response);
    const answer = answerApi(state, pathname, searchParams);
    const status = sendDocument(request, response, answer, state);
    log.push({ status, path: pathname, authorization: request.headers.authorization });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    root: DIST,
    state,
    log,
    reset: () => {
      Object.assign(state, initialState());
      log.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly contentType?: string;
  readonly isTagged?: boolean;
}

function answerApi(state: FixtureState, path: string, query: URLSearchParams): ApiAnswer {
  if (state.failure !== null) return state.failure;
  const statement = statementOf(state.metrics, state.revision);
  if (path === '/platform/v1/statements')
    return { status: 200, body: { data: state.hasSubscription ? [statement] : [], next_cursor: null } };
  if (path === `/platform/v1/subscriptions/${statement.subscription_id}/statement`) return { status: 200, body: statement, isTagged: true };
  if (path === '/platform/v1/usage') {
    const wanted = state.metrics.find(({ metric }) => metric === query.get('meter'));
    return wanted
      ? { status: 200, body: { ...usageOf(wanted), time_zone: state.timeZone } }
      : { status: 404, body: { title: 'Not found' } };
  }
  if (!state.hasSubscription)
    return { status: 404, body: { success: false, error: { code: 'NOT_FOUND', message: 'no running subscription' } } };
  return { status: 200, body: billingUsageOf(state.metrics), isTagged: true };
}

function sendDocument(request: IncomingMessage, response: ServerResponse, answer: ApiAnswer, { asOf }: FixtureState): number {
  const text = JSON.stringify(answer.body);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  response.sendDate = false;
  response.setHeader('date', NOW.toUTCString());
  response.setHeader('x-request-id', 'fixture-request-1');
  response.setHeader('cache-control', answer.isTagged ? 'private, no-cache' : 'no-store');
  response.setHeader('tallymark-as-of', asOf.toISOString());
  if (answer.isTagged) response.setHeader('etag', etag);
  if (answer.isTagged && request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return 304;
  }
  response.writeHead(answer.status, { 'content-type': answer.contentType ?? 'application/json; charset=utf-8' }).end(text);
  return answer.status;
}

function sendFile(pathname: string, response: ServerResponse): void {
  const file = join(DIST, normalize(pathname === '/' ? '/index.html' : pathname));
  if (!file.startsWith(DIST) || !existsSync(file)) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': PAGE_POLICY });
  response.end(readFileSync(file));
}
