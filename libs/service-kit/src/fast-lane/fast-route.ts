import type { IncomingHttpHeaders } from 'node:http';
import type { Scope } from '@tallymark/domain';
import type { Principal } from '../auth/principal.js';

/** What a fast route is given of a request. */
export interface FastRequest {
  readonly contentType: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * A `POST` route of a controller whose plain requests are answered without the framework. The controller's method stays: it is what the OpenAPI
 * document describes, and answers whatever is not plain. Both must come to the same answer, so both should call the same functions.
 */
export interface FastRoute {
  /** Exactly as it stands in the request line, without variables; also the route's template. */
  readonly path: string;
  /** Those of the controller's `@Requires`. */
  readonly scopes: readonly Scope[];
  /** Content types, letter by letter; a request with any other, equal in meaning or not, goes the ordinary way. */
  readonly contentTypes: ReadonlySet<string>;
  /** Throws what a request is refused with of which it is known before its body is read that nothing could be done with it, because too much waits. */
  readonly expectRoom?: (principal: Principal) => void;
  /** The answer as JSON, which is sent with 200. What is thrown is answered as if a controller had thrown it. Of the request, no more should be held than its answer needs. */
  readonly answer: (principal: Principal, request: FastRequest) => Promise<string | Buffer>;
}
