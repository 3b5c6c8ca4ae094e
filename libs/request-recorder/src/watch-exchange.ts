import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from './exchange.js';
import type { RequestRecorder } from './recorder.js';
import { type HeaderOf, tapResponse } from './tap-response.js';

/** What only the framework knows of a request, read once the answer is out: by then it is parsed, routed and authenticated. */
export type RoutedRequest = Pick<Exchange, 'url' | 'query' | 'params' | 'body'> & {
  /** Null for a request that is not to be recorded. */
  readonly subject: string | null | undefined;
};

/** nginx's number for a client that left before it was answered; HTTP has none. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Watches one request until its answer is out, and then records it. What goes wrong is told to the recorder and to nobody else.
 *
 * @param headerOf a header of the answer, for frameworks that do not set them on `response`
 */
export function watchExchange(
  recorder: RequestRecorder,
  request: IncomingMessage,
  response: ServerResponse,
  read: () => RoutedRequest,
  headerOf: HeaderOf = (name) => response.getHeader(name),
): void {
  const receivedAt = recorder.clock();
  const captured = tapResponse(response, recorder.maxBodyBytes, headerOf);
  let isDone = false;
  const finish = (): void => {
    if (isDone) return;
    isDone = true;
    try {
      const { subject, ...routed } = read();
      if (subject === null || subject === undefined) return;
      const status = response.headersSent ? response.statusCode : CLIENT_CLOSED_REQUEST;
      const { method = '', headers } = request;
      recorder.record({ ...routed, subject, receivedAt, method, headers, status, response: captured() });
    } catch (error) {
      recorder.fail(error);
    }
  };
  response.once('finish', finish);
  response.once('close', finish);
}
