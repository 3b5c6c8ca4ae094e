import type { IncomingMessage, ServerResponse } from 'node:http';
import { admit } from '../auth/auth-guard.js';
import type { Principal } from '../auth/principal.js';
import { SECURITY_HEADERS } from '../http/security-headers.js';
import { Exchange, type ExchangeFacts } from './exchange.js';
import type { FastRoute } from './fast-route.js';

/** What a request brought with it into the lane. */
export interface FastContext extends Pick<ExchangeFacts, 'parts' | 'clientAddress'> {
  readonly route: FastRoute;
  readonly principal: Principal;
}

/** To look a credential up takes as long. */
const AT_ONCE_MS = 5;

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

  /** As on the ordinary way, it is the end of the body that counts: a body may take a minute, in which a key is revoked. */
  private principalByNow(): Principal | Promise<Principal> {
    const { route, principal, parts } = this.context;
    if (!this.hasTaken(AT_ONCE_MS)) return principal;
    return admit(parts.authenticator, this.request.headers, { kind: 'scopes', scopes: route.scopes });
  }

  private async answer(body: Buffer): Promise<void> {
    const { route } = this.context;
    const { headers } = this.request;
    try {
      const principal = await this.principalByNow();
      const content = await route.answer(principal, { contentType: headers['content-type'] ?? '', headers, body });
      this.send(200, GOOD_HEADERS, content);
    } catch (error) {
      this.refuse(error);
    }
  }
}
