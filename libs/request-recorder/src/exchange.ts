import type { IncomingHttpHeaders } from 'node:http';

/** A request and its answer, as a framework adapter hands them over when the answer is out. */
export interface Exchange {
  /** The string by which events name whoever made the request. */
  readonly subject: string;
  readonly receivedAt: Date;
  readonly method: string;
  /** As requested; what follows a question mark is left out. */
  readonly url: string;
  readonly query: unknown;
  /** Values of the route's variables. */
  readonly params: unknown;
  readonly headers: IncomingHttpHeaders;
  /** As the framework parsed it; undefined or null when there was none. */
  readonly body: unknown;
  readonly status: number;
  readonly response: CapturedResponse;
}

/** What was seen of an answer on its way out. */
export interface CapturedResponse {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Of the body, all of it. */
  readonly bytes: number;
  /** The body; null when it was longer than is captured. */
  readonly body: Buffer | null;
}
