import type { Request, RequestHandler } from 'express';
import type { RequestRecorder } from './recorder.js';
import { watchExchange } from './watch-exchange.js';

/** Whose request it is. */
export interface ExpressRecorderOptions {
  /** The subject by which events name the caller, asked when the answer is out; null for a request that is not to be recorded. */
  readonly subject: (request: Request) => string | null | undefined;
}

/** Express middleware that records every request that passes it. To be used before the routes. */
export function recordExpressRequests(recorder: RequestRecorder, { subject }: ExpressRecorderOptions): RequestHandler {
  return (request, response, next) => {
    watchExchange(recorder, request, response, () => ({
      subject: subject(request),
      url: request.originalUrl,
      query: request.query,
      params: request.params,
      body: request.body as unknown,
    }));
    next();
  };
}
