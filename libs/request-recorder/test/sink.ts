import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCloudEventParser } from '@tallymark/provider-contracts';

/** What the sink was sent, and what it answers. */
export interface Sink {
  readonly url: string;
  readonly port: number;
  /** Events of the batches that were taken, in order; each is one that ingest would keep. */
  readonly events: SentEvent[];
  /** Number of events in each request, taken or not. */
  readonly batches: number[];
  /** Text of every request's body. */
  readonly bodies: string[];
  readonly authorizations: (string | undefined)[];
  /** Resolves when so many events were taken. */
  taken(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** An event as ingest sees it. */
export interface SentEvent {
  readonly id: string;
  readonly source: string;
  readonly subject: string;
  readonly time: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How the sink answers a request, counted from 1; null when it does not. */
export type Answer = (
  request: number,
  events: number,
  bytes: number,
) => { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | null;

const accept: Answer = () => ({ status: 200 });

/** A server on a port of its own that stands for ingest: it reads batches with the parser that ingest uses. */
export async function startSink(answer: Answer = accept, port = 0): Promise<Sink> {
  const events: SentEvent[] = [];
  const batches: number[] = [];
  const bodies: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer((request, response) => {
    void readText(request).then((body) => {
      const sent = JSON.parse(body) as { data: unknown }[];
      bodies.push(body);
      batches.push(sent.length);
      authorizations.push(request.headers.authorization);
      const answered = answer(batches.length, sent.length, Buffer.byteLength(body));
      if (answered === null) return;
      const { status, headers = {}, body: text } = answered;
      if (status === 200) events.push(...sent.map(readEvent));
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text ?? JSON.stringify({ results: [] }));
      for (const one of waiting) if (events.length >= one.count) one.resolve();
    });
  });
  await listen(server, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    events,
    batches,
    bodies,
    authorizations,
    taken: (count) => (events.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }))),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function readEvent(value: { data: unknown }): SentEvent {
  const receivedAt = new Date();
  const result = createCloudEventParser({ receivedAt, oldest: new Date(0) })(value, JSON.stringify(value.data));
  if (!result.ok) throw new Error(`ingest would refuse the event: ${JSON.stringify(result.errors)}`);
  const { id, source, subject, time } = result.event;
  return { id, source, subject, time, data: value.data as Record<string, unknown> };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}
