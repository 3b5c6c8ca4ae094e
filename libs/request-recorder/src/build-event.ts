import { API_REQUEST_EVENT, type ApiRequest, redactRequest } from '@tallymark/provider-contracts';
import { captureBody, captureResponse } from './capture-body.js';
import type { Exchange } from './exchange.js';

/** Bytes that each part of a kept request may take, so that all of them together stay under what ingest takes as the data of one event. */
const PART_BYTES = 11_500;

/** What an event bears beside the exchange. */
export interface EventFrame {
  readonly id: string;
  readonly source: string;
  /** Bytes up to which a body is captured. */
  readonly maxBodyBytes: number;
}

/** The CloudEvent of an exchange, as JSON text. Secrets are masked here, before anything of the exchange waits anywhere. */
export function buildEvent(exchange: Exchange, { id, source, maxBodyBytes }: EventFrame): string {
  const request = redactRequest(apiRequestOf(exchange, maxBodyBytes), { maxBytes: PART_BYTES });
  return JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type: API_REQUEST_EVENT,
    subject: exchange.subject,
    time: exchange.receivedAt.toISOString(),
    data: {
      path: request.path,
      method: request.method,
      request: request.request,
      response: request.response,
      status: request.status,
      bytes: exchange.response.bytes,
    },
  });
}

function apiRequestOf(exchange: Exchange, maxBytes: number): ApiRequest {
  return {
    path: exchange.url.split('?', 1)[0]!,
    method: exchange.method,
    request: {
      body: captureBody(exchange.body, maxBytes),
      query: membersOf(captureBody(exchange.query, maxBytes)),
      params: membersOf(captureBody(exchange.params, maxBytes)),
      headers: membersOf(captureBody(exchange.headers, maxBytes)),
    },
    response: captureResponse(exchange.response),
    status: exchange.status,
    createdAt: exchange.receivedAt,
  };
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : { '[not captured]': value };
}
