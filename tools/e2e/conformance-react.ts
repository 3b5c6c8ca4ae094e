import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';
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

/** One module of it all, React included. The source is no file; its name lies where React is found from. */
async function bundle(tsx: string): Promise<string> {
  const entry = join(findRootDir(), 'tools', 'e2e', 'conformance-react.virtual.tsx');
  const source: Plugin = {
    name: 'component-source',
    resolveId: (id) => (id === entry ? id : null),
    load: (id) => (id === entry ? tsx : null),
  };
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    root: findRootDir(),
    mode: 'production',
    plugins: [source],
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'page' } },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (output === undefined || !('output' in output)) throw new Error('the component was watched, not built');
  return output.output[0].code;
}
