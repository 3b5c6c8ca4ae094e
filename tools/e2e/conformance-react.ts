import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findRootDir } from './platform.js';

/** A page that runs a React component beside the API. */
export interface ComponentPage {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** What the component calls and does not define, and where it is put. The token comes in the fragment. */
const MOUNT = `
import { createRoot } from 'react-dom/client';
const getToken = () => location.hash.slice(1);
createRoot(document.getElementById('root')!).render(<UsageDashboard />);
`;

/** Serves a page with the component `UsageDashboard` of a piece of TSX. Requests under /api/ go on to `baseUrl`. */
export async function startComponentPage(tsx: string, baseUrl: string): Promise<ComponentPage> {
  const script = await bundle(`${tsx}\n${MOUNT}`);
  const files: Readonly<Record<string, readonly [type: string, content: string]>> = {
    '/': ['text/html', '<!doctype html><title>Usage</title><div id="root"></div><script type="module" src="/page.js"></script>'],
    '/page.js': ['text/javascript', script],
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? '/';
    if (url.startsWith('/api/')) {
      const { authorization = '' } = request.headers;
      const upstream = await fetch(`${baseUrl}${url}`, { headers: { authorization } });
      response.writeHead(upstream.status, { 'content-type': upstream.headers.get('content-type') ?? '' }).end(await upstream.text());
      return;
    }
    const file = files[url];
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': `${file?.[0] ?? 'text/plain'}; charset=utf-8` }).end(file?.[1]);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** One module of it all, React included. Built in a process of its own: the bundler cannot run in the realm of a test. */
async function bundle(tsx: string): Promise<string> {
  const bundling = promisify(execFile)(process.execPath, [join(findRootDir(), 'tools', 'dist', 'e2e', 'conformance-bundle.js')], {
    // The bundler takes from it which React, and which calls to it, a page gets.
    env: { ...process.env, NODE_ENV: 'production' },
    maxBuffer: 10_000_000,
  });
  bundling.child.stdin!.end(tsx);
  return (await bundling).stdout;
}
