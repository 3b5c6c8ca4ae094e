import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a service got it. */
export interface SeenRequest {
  readonly service: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A stand-in for a service, which notes what arrives. */
export interface EchoService {
  readonly url: string;
  /** Takes no connection any more; those that are open end. */
  readonly stop: () => Promise<void>;
}

/** Starts one on the loopback interface, at a free port unless told otherwise. By default it answers 200 with the service's name. */
export async function startEchoService(
  service: string,
  see: (request: SeenRequest) => void,
  answer: (response: ServerResponse) => void = (response) => response.end(service),
  port = 0,
): Promise<EchoService> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, httpVersion, headers } = request;
      see({ service, method: method!, url: url!, httpVersion, headers, body: Buffer.concat(chunks).toString() });
      answer(response);
    });
  });
  await new Promise<void>((settle) => server.listen(port, '127.0.0.1', settle));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}
