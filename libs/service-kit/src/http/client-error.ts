import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_CONTENT_TYPE, platformErrors } from '@tallymark/provider-contracts';

/** What Node's HTTP parser refuses before there is a request: by error code, the status line and the sentence. */
const REFUSALS: Readonly<Record<string, { readonly status: number; readonly reason: string; readonly message: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, reason: 'Request Timeout', message: 'the request did not arrive in time' },
  HPE_HEADER_OVERFLOW: { status: 431, reason: 'Request Header Fields Too Large', message: 'the headers are longer than 16 KiB' },
};
const MALFORMED = { status: 400, reason: 'Bad Request', message: 'what was received is not HTTP/1.1' };

interface RefusedError extends Error {
  readonly code?: string;
}

/** Node keeps there whose answer is due on a connection; its own answer to what is malformed looks there too. */
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

/** Connections of which the last answers are on their way; what else comes on them is thrown away. */
const ending = new WeakSet<Socket>();

/** Answers what never became a request, with problem details, behind the answers to all requests that came before it, and ends the connection. */
export function answerClientError(error: RefusedError, socket: HttpSocket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const due = answerBefore(socket);
  if (due === null) {
    refuse(error, socket);
  } else if (socket.readableEnded) {
    // Whoever ends in the midst of a request, or behind what is malformed, has gone, and waits for no answer.
    socket.destroy(error);
  } else if (!ending.has(socket)) {
    ending.add(socket);
    due.once('close', () => {
      ending.delete(socket);
      // The refusal of a body whose request has its answer already would be a second one.
      if (due.req.complete) answerClientError(error, socket);
      else socket.destroy(error);
    });
  }
}

/** The answer that goes first. Not that to a request of which not all was read, unless it is there already: what was not read is what is refused. */
function answerBefore({ _httpMessage: due }: HttpSocket): ServerResponse | null {
  return due && (due.req.complete || due.headersSent) ? due : null;
}

function refuse(error: RefusedError, socket: Socket): void {
  const { status, reason, message } = REFUSALS[error.code ?? ''] ?? MALFORMED;
  if (socket.writable) {
    const { body } = platformErrors.render({ status, code: 'invalid_request', message, details: [], now: new Date(0) });
    const text = JSON.stringify(body);
    const head = [
      `HTTP/1.1 ${status} ${reason}`,
      `content-type: ${PROBLEM_CONTENT_TYPE}`,
      `content-length: ${Buffer.byteLength(text)}`,
      'connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${text}`);
  }
  socket.destroy(error);
}
