import type { IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { admit } from '../auth/auth-guard.js';
import type { Authenticator } from '../auth/authenticator.js';
import { onceGone } from '../operations/once-gone.js';
import type { BodyRoom, BodyRooms } from './body-room.js';

export interface BodyRoomOptions {
  readonly rooms: BodyRooms;
  /** Tells whose share of the room a body counts into. */
  readonly authenticator: Authenticator;
  /** Hears how the body of a request begins that is refused before all of it is there: its first 256 bytes, or fewer. */
  readonly onRefusal: ((request: FastifyRequest, beginning: Buffer) => void) | undefined;
}

const BEGINNING_BYTES = 256;

/**
 * Counts the bodies that Fastify reads into the room of those who send them, from their first bytes until their answers are out, and refuses a request whose
 * body finds none. Whoever has no good credential hears of that, and of nothing else.
 */
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
    const counted = new CountedBody(request, placeOf(request, options), onRefusal);
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

/** Where a body counts, and what its sender hears when there is no room for it. */
interface Place {
  readonly room: BodyRoom;
  readonly refusal: () => Error;
}

/** Never rejects: whose credential is not good, or can't be looked up, is a stranger who hears of that. */
async function placeOf({ headers }: FastifyRequest, { rooms, authenticator }: BodyRoomOptions): Promise<Place> {
  try {
    const { organizationId } = await admit(authenticator, headers, { kind: 'scopes', scopes: [] });
    const room = rooms.of(organizationId);
    return { room, refusal: () => room.refusal() };
  } catch (error) {
    return { room: rooms.ofStrangers, refusal: () => (error instanceof Error ? error : rooms.ofStrangers.refusal()) };
  }
}

/** A body on its way to whoever parses it. */
class CountedBody extends Transform {
  private beginning: Buffer | undefined;
  private room: BodyRoom | undefined;
  private heldBytes = 0;
  /** Whether it is for nobody any more: its answer is out, or its sender has gone. */
  private isOver = false;

  constructor(
    private readonly request: FastifyRequest,
    private readonly place: Promise<Place>,
    private readonly onRefusal: (request: FastifyRequest, beginning: Buffer) => void,
  ) {
    super();
  }

  /** Called before anything is read: a sender may go away while its credential is looked up. */
  releaseAfter({ raw }: FastifyReply): void {
    const letGo = (): void => {
      callOff();
      this.room?.release(this.heldBytes);
      this.heldBytes = 0;
      this.isOver = true;
    };
    const callOff = onceGone(this.request.raw.socket, letGo);
    raw.once('close', letGo);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    void this.place.then((place) => this.count(chunk, place, callback));
  }

  private count(chunk: Buffer, { room, refusal }: Place, callback: TransformCallback): void {
    this.beginning ??= Buffer.from(chunk.subarray(0, BEGINNING_BYTES));
    this.room = room;
    if (this.isOver || room.hold(chunk.length)) {
      // What comes after the answer, or of a sender that has gone, is released by nobody.
      if (!this.isOver) this.heldBytes += chunk.length;
      callback(null, chunk);
      return;
    }
    this.onRefusal(this.request, this.beginning);
    callback(refusal());
  }
}

function hasBody({ headers, method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined);
}
