import type { IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { admit } from '../auth/auth-guard.js';
import type { Authenticator } from '../auth/authenticator.js';
import { onceGone } from '../operations/once-gone.js';
import type { BodyRoom } from './body-room.js';

export interface BodyRoomOptions {
  readonly room: BodyRoom;
  /** Asked when a request is to be refused: whoever has no good credential is to hear of that, and of nothing else. */
  readonly authenticator: Authenticator;
  /** Hears how the body of a request begins that is refused before all of it is there: its first 256 bytes, or fewer. */
  readonly onRefusal: ((request: FastifyRequest, beginning: Buffer) => void) | undefined;
}

const BEGINNING_BYTES = 256;

/** Counts the bodies that Fastify reads into a room, from their first bytes until their answers are out, and refuses a request whose body finds none. */
export function addBodyRoom(instance: FastifyInstance, options: BodyRoomOptions): void {
  const refused = new WeakSet<IncomingMessage>();
  const onRefusal = (request: FastifyRequest, beginning: Buffer): void => {
    refused.add(request.raw);
    options.onRefusal?.(request, beginning);
  };
  instance.addHook('preParsing', (request, reply, payload, done) => {
    if (!hasBody(request)) {
      done(null, payload);
      return;
    }
    const counted = new CountedBody(request, { ...options, onRefusal });
    counted.releaseAfter(reply);
    payload.once('error', (error) => counted.destroy(error));
    done(null, payload.pipe(counted));
  });
  instance.addHook('onSend', (request, reply, payload, done) => {
    // Fastify means to close the connection of a body that was not read. This one was, or will be.
    if (request.raw.readableEnded && refused.has(request.raw)) void reply.removeHeader('connection');
    done(null, payload);
  });
}

/** A body on its way to whoever parses it. */
class CountedBody extends Transform {
  private beginning: Buffer | undefined;
  private heldBytes = 0;
  private isOver = false;

  constructor(
    private readonly request: FastifyRequest,
    private readonly options: BodyRoomOptions,
  ) {
    super();
  }

  releaseAfter({ raw }: FastifyReply): void {
    const letGo = (): void => {
      callOff();
      this.options.room.release(this.heldBytes);
      this.heldBytes = 0;
      this.isOver = true;
    };
    const callOff = onceGone(this.request.raw.socket, letGo);
    raw.once('close', letGo);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.beginning ??= Buffer.from(chunk.subarray(0, BEGINNING_BYTES));
    if (this.isOver || this.options.room.hold(chunk.length)) {
      // What comes after the answer, or of a sender that has gone, is released by nobody.
      if (!this.isOver) this.heldBytes += chunk.length;
      callback(null, chunk);
      return;
    }
    const { authenticator, onRefusal, room } = this.options;
    onRefusal?.(this.request, this.beginning);
    admit(authenticator, this.request.headers, { kind: 'scopes', scopes: [] }).then(() => callback(room.refusal()), callback);
  }
}

function hasBody({ headers, method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined);
}
