import { type Agent, request } from 'node:http';
import { Readable } from 'node:stream';

/** A request whose target and headers go out as they are; `fetch` would tidy them. */
export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent with a length, or in chunks when it is a list. */
  readonly body?: string | readonly string[];
  /** Keeps the connection for the next request; by default each has one of its own. */
  readonly agent?: Agent;
}

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; the values of a header that came twice are joined by " | ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request, and reads the answer also when it comes before the body is sent. */
export async function sendRaw(baseUrl: string, { method, target, headers = {}, body, agent }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(baseUrl);
  const length = typeof body === 'string' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  return new Promise<RawAnswer>((settle, fail) => {
    const outgoing = request(
      { hostname, port, method, path: target, headers: { ...length, ...headers }, agent: agent ?? false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () =>
          settle({
            status: response.statusCode!,
            headers: Object.fromEntries(Object.entries(response.headersDistinct).map(([name, values]) => [name, values!.join(' | ')])),
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    // A server that refuses a body closes while we still write; its answer has come by then.
    outgoing.on('error', fail);
    if (body === undefined || typeof body === 'string') outgoing.end(body);
    else Readable.from(body).pipe(outgoing);
  });
}
