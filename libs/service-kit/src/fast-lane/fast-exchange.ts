import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../auth/principal.js';
import { SECURITY_HEADERS } from '../http/security-headers.js';
import { Exchange, type ExchangeFacts } from './exchange.js';
import type { FastRoute } from './fast-route.js';

/** What a request brought with it into the lane. */
export interface FastContext extends Pick<ExchangeFacts, 'parts' | 'clientAddress'> {
  readonly route: FastRoute;
  readonly principal: Principal;
}

const COMMON_HEADERS = Object.entries(SECURITY_HEADERS);
const GOOD_HEADERS = [['content-type', 'application/json; charset=utf-8'], ...COMMON_HEADERS].flat();

/** One request with a body. */
export class FastExchange extends Exchange {
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    private readonly context: FastContext,
  ) {
    const { parts, clientAddress, route } = context;
    super(request, response, { parts, clientAddress, method: 'POST', route: route.path, path: route.path, commonHeaders: COMMON_HEADERS });
  }

  /** Reads the body, then answers. @param bytes how long it is */
  begin(bytes: number): void {
    this.enter();
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    let missing = bytes;
    this.request.on('data', (chunk: Buffer) => {
      missing -= chunk.length;
      if (first === undefined) first = chunk;
      else (more ??= [first]).push(chunk);
      if (missing === 0) void this.answer(more === undefined ? first : Buffer.concat(more));
    });
  }

  private async answer(body: Buffer): Promise<void> {
    const { route, principal } = this.context;
    const { headers } = this.request;
    try {
      const content = await route.answer(principal, { contentType: headers['content-type'] ?? '', headers, body });
      this.send(200, GOOD_HEADERS, content);
    } catch (error) {
      this.refuse(error);
    }
  }
}
