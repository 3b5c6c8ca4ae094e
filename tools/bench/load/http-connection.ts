import { connect, type Socket } from 'node:net';

/** An answer as far as a load generator looks at it. */
export interface HttpAnswer {
  readonly status: number;
  /** Null where the answer bears none. */
  readonly retryAfter: string | null;
  /** The beginning of the body: what came with the head. */
  readonly bodyStart: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One keep-alive connection, one request at a time. Written on bare sockets, since the load shares two cores with what it measures and
 * `node:http` would cost more than a service under test does. It reads answers that tell their length, as the services' do.
 */
export class HttpConnection {
  private pending: { resolve: (answer: HttpAnswer) => void; reject: (error: Error) => void } | undefined;
  private head: Buffer | undefined;
  private answer: HttpAnswer | undefined;
  private missing = 0;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the connection was closed before the answer was complete')));
  }

  static open(host: string, port: number): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new HttpConnection(socket));
      });
    });
  }

  /** Sends a whole request, head and body. */
  send(request: Buffer): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.pending = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.pending = undefined;
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    if (this.answer === undefined) {
      this.head = this.head === undefined ? chunk : Buffer.concat([this.head, chunk]);
      const end = this.head.indexOf(HEAD_END);
      if (end < 0) return;
      const text = this.head.toString('latin1', 0, end);
      const bodyStart = end + HEAD_END.length;
      const status = Number(text.slice(9, 12));
      this.answer = {
        status,
        retryAfter: status === 200 ? null : retryAfter(text),
        bodyStart: this.head.toString('latin1', bodyStart, bodyStart + 200),
      };
      this.missing = contentLength(text) - (this.head.length - bodyStart);
      this.head = undefined;
    } else {
      this.missing -= chunk.length;
    }
    if (this.missing > 0) return;
    const { answer, pending } = this;
    this.answer = undefined;
    this.pending = undefined;
    pending?.resolve(answer);
  }

  private fail(error: Error): void {
    this.pending?.reject(error);
    this.pending = undefined;
  }
}

function contentLength(head: string): number {
  const match = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (match === null) throw new Error(`an answer does not tell its length: ${head.slice(0, 300)}`);
  return Number(match[1]);
}

function retryAfter(head: string): string | null {
  return /\r\nretry-after: *(\S+)/i.exec(head)?.[1] ?? null;
}

/** A request as it goes over the wire. */
export function renderRequest(method: string, path: string, headers: Readonly<Record<string, string>>, body = ''): Buffer {
  const length = method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ host: '127.0.0.1', ...headers, ...length }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}
