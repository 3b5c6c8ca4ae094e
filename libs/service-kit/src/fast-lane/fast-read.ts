import type { Scope } from '@tallymark/domain';
import type { AuthScheme } from '../auth/access.js';
import type { Principal } from '../auth/principal.js';

/** What a fast read is given of a request. */
export interface FastReadRequest {
  /** Of the request line, without the query. */
  readonly path: string;
  /** What stands for the variable of the path; empty where it has none. */
  readonly variable: string;
  /** Each parameter once, and only those that the route names. */
  readonly query: Readonly<Record<string, string>>;
}

/** An answer that a client may keep and ask for again by its ETag. */
export interface FastReadAnswer {
  /** JSON in the making; a text is JSON that is made already. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A `GET` route of a controller, marked `@Etagged`, whose plain requests are answered without the framework. The controller's method stays: it is what the
 * OpenAPI document describes, and answers whatever is not plain. Both must come to the same answer, so both should call the same functions.
 */
export interface FastRead {
  /** The route's template as the router knows it, with one variable at most: `/accounts/:account.json`. */
  readonly route: string;
  /** Those of the controller's `@Requires` and `@AllowSchemes`. */
  readonly scopes: readonly Scope[];
  readonly schemes: readonly AuthScheme[];
  /** Query parameters; a request with any other goes the ordinary way. */
  readonly parameters: readonly string[];
  /** What is thrown is answered as if a controller had thrown it. */
  readonly answer: (principal: Principal, request: FastReadRequest) => Promise<FastReadAnswer>;
}
