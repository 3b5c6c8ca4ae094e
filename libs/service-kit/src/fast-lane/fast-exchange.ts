import type { IncomingMessage, ServerResponse } from 'node:http';
import { admit } from '../auth/auth-guard.js';
import type { Principal } from '../auth/principal.js';
import { SECURITY_HEADERS } from '../http/security-headers.js';
import type { BodyRoom } from './body-room.js';
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
  /** What came of the body. Kept here and not in a listener, which would hold it until the answer is out. */
  private first: Buffer | undefined;
  private more: Buffer[] | undefined;
  private missingBytes = 0;
  private heldBytes = 0;
  private readonly room: BodyRoom;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    private readonly context: FastContext,
  ) {
    const { parts, clientAddress, route } = context;
    super(request, response, { parts, clientAddress, method: 'POST', route: route.path, path: route.path, commonHeaders: COMMON_HEADERS });
    this.room = parts.bodyRooms.of(context.principal.organizationId);
  }

  /**
   * Reads the body, then answers; or refuses before it is read, when it is known already that nothing could be done with it. What comes of a body
   * after its answer is read by Node and thrown away, so that its sender, who sends all of it before looking for an answer, gets to read why.
   *
   * @param bytes how long the body is
   */
  begin(bytes: number): void {
    const { route, principal } = this.context;
    this.enter();
    try {
      route.expectRoom?.(principal);
      if (!this.room.hasRoomFor(bytes)) throw this.room.refusal();
    } catch (error) {
      this.refuse(error);
      return;
    }
    this.missingBytes = bytes;
    this.request.on('data', this.onData);
  }

  private readonly onData = (chunk: Buffer): void => {
    if (!this.room.hold(chunk.length)) {
      this.request.off('data', this.onData);
      this.letGo();
      this.refuse(this.room.refusal());
      return;
    }
    this.heldBytes += chunk.length;
    this.missingBytes -= chunk.length;
    if (this.first === undefined) this.first = chunk;
    else (this.more ??= [this.first]).push(chunk);
    if (this.missingBytes === 0) this.answer(this.more === undefined ? this.first : Buffer.concat(this.more));
  };

  private answer(body: Buffer): void {
    const { route, principal, parts } = this.context;
    if (!this.hasTaken(AT_ONCE_MS)) {
      this.answerTo(principal, body);
      return;
    }
    // As on the ordinary way, it is the end of the body that counts: a body may take a minute, in which a key is revoked.
    admit(parts.authenticator, this.request.headers, { kind: 'scopes', scopes: route.scopes }).then(
      (admitted) => this.answerTo(admitted, body),
      (error: unknown) => this.refuse(error),
    );
  }

  /** The body is let go of as soon as the route has looked at it: while a request waits for its answer, it is not held. */
  private answerTo(principal: Principal, body: Buffer): void {
    const { headers } = this.request;
    try {
      const answered = this.context.route.answer(principal, { contentType: headers['content-type'] ?? '', headers, body });
      answered.then(
        (content) => this.send(200, GOOD_HEADERS, content),
        (error: unknown) => this.refuse(error),
      );
    } catch (error) {
      this.refuse(error);
    }
    this.letGo();
  }

  protected override letGo(): void {
    this.first = undefined;
    this.more = undefined;
    this.room.release(this.heldBytes);
    this.heldBytes = 0;
  }
}
