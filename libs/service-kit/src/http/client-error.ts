import type { Socket } from 'node:net';
import { PROBLEM_CONTENT_TYPE, platformErrors } from '@tallymark/provider-contracts';

/** What Node's HTTP parser refuses before there is a request: by error code, the status line and the sentence. */
const REFUSALS: Readonly<Record<string, { readonly status: number; readonly reason: string; readonly message: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, reason: 'Request Timeout', message: 'the request did not arrive in time' },
  HPE_HEADER_OVERFLOW: { status: 431, reason: 'Request Header Fields Too Large', message: 'the headers are longer than 16 KiB' },
};
const MALFORMED = { status: 400, reason: 'Bad Request', message: 'what was received is not HTTP/1.1' };

/** Answers what never became a request, with problem details. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
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
