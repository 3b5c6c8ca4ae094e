import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../auth/principal.js';
import { ETAGGED_CACHE_CONTROL, etagOf } from '../http/etag.js';
import { SECURITY_HEADERS } from '../http/security-headers.js';
import { Exchange, type ExchangeFacts } from './exchange.js';
import type { PlainRead } from './plain-read.js';

/** What a read brought with it into the lane. */
export interface ReadContext extends PlainRead, Pick<ExchangeFacts, 'parts' | 'clientAddress'> {}

/** An ETagged route says itself how long its answers may be kept. */
const COMMON_HEADERS = [
  ['cache-control', ETAGGED_CACHE_CONTROL] as const,
  ...Object.entries(SECURITY_HEADERS).filter(([name]) => name !== 'cache-control'),
];
const GOOD_HEADERS = ['content-type', 'application/json; charset=utf-8', ...COMMON_HEADERS.flat()];

/** One read. */
export class ReadExchange extends Exchange {
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    private readonly plain: ReadContext,
  ) {
    const { parts, clientAddress, read } = plain;
    const { path } = plain.request;
    super(request, response, { parts, clientAddress, method: 'GET', route: read.route, path, commonHeaders: COMMON_HEADERS });
  }

  /** Never rejects: what is thrown is answered. */
  async answer(principal: Principal): Promise<void> {
    const { read, request } = this.plain;
    this.enter();
    try {
      const { body, headers } = await read.answer(principal, request);
      const content = typeof body === 'string' ? body : JSON.stringify(body);
      this.send(200, [...GOOD_HEADERS, ...Object.entries(headers).flat(), 'etag', etagOf(content)], content);
    } catch (error) {
      this.refuse(error);
    }
  }
}
