import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';
import ts from 'typescript';

/** The npm client `gnip`, which has no types. It parses every body as JSON, and takes two requests a minute of itself. */
interface GnipModule {
  readonly Usage: new (options: { readonly url: string; readonly user: string; readonly password: string }) => {
    readonly get: (query: Readonly<Record<string, string>>, callback: (error: Error | null, body?: unknown) => void) => void;
  };
}

/** Reads usage with the npm client `gnip`. Rejects with its error. */
export function readWithGnipClient(
  options: { readonly url: string; readonly user: string; readonly password: string },
  query: Readonly<Record<string, string>>,
): Promise<unknown> {
  const { Usage } = createRequire(import.meta.url)('gnip') as GnipModule;
  return new Promise((resolve, reject) => {
    new Usage(options).get(query, (error, body) => (error === null ? resolve(body) : reject(error)));
  });
}

/** The answer of `getUsage`, and what the example reads with it. */
export interface GetUsageExample {
  readonly getUsage: (params?: Readonly<Record<string, unknown>>) => Promise<unknown>;
  readonly currentUsage: unknown;
  readonly januaryUsage: unknown;
}

/** Runs the TypeScript example of the billing contract as a page of `baseUrl` would: its URLs are relative, its token is a variable around it. */
export async function runGetUsageExample(source: string, baseUrl: string, sessionToken: string): Promise<GetUsageExample> {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const script = ts.transpileModule(source, { compilerOptions }).outputText;
  const fetchFromPage = (url: string, init?: RequestInit): Promise<Response> => fetch(new URL(url, baseUrl), init);
  const context = { fetch: fetchFromPage, URLSearchParams, sessionToken };
  return (await runInNewContext(
    `(async () => { ${script}\nreturn { getUsage, currentUsage, januaryUsage }; })()`,
    context,
  )) as GetUsageExample;
}
