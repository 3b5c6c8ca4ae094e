import { DomainError } from '@tallymark/domain';

/**
 * Room for the bodies that a service has in memory at one time, in bytes. Without a bound a service that is sent more than it can work on keeps the
 * bodies of all who send, those that it is going to refuse included: as many as there are connections, each of any length up to the limit.
 */
export class BodyRoom {
  private held = 0;

  /**
   * @param mostBytes that are held at one time
   * @param whole the room that this one is a part of: what is held here is held there too
   */
  constructor(
    private readonly mostBytes: number,
    private readonly whole?: BodyRoom,
  ) {}

  /** Bytes that are held now. */
  get heldBytes(): number {
    return this.held;
  }

  /** Whether so many bytes would find room now. */
  hasRoomFor(bytes: number): boolean {
    return this.held + bytes <= this.mostBytes && (this.whole === undefined || this.whole.hasRoomFor(bytes));
  }

  /** Holds bytes that were read, until they are given to {@link release}. @returns false when there is no room for them: none is held then */
  hold(bytes: number): boolean {
    if (!this.hasRoomFor(bytes)) return false;
    this.held += bytes;
    this.whole?.hold(bytes);
    return true;
  }

  /** @param bytes that were held */
  release(bytes: number): void {
    this.held -= bytes;
    this.whole?.release(bytes);
  }

  /** What a request is told that finds no room: `unavailable`, with a time to retry after. */
  refusal(): DomainError {
    const message = `the bodies of requests that are being read fill the ${this.mostBytes} bytes that are kept for them; send again later`;
    return new DomainError('unavailable', message, { retryAfterSeconds: 1 });
  }
}

/** Of all the room, what one organization may take, so that none that sends slowly keeps the others out. */
const ORGANIZATION_SHARE = 1 / 2;
/** Of all the room, what those may take together who bear no good credential: their bodies are read before they are told so. */
const STRANGERS_SHARE = 1 / 8;
/** Organizations whose shares are remembered before those that hold nothing are forgotten. */
const SHARES_KEPT = 10_000;

/** All the room that a service has, in shares. */
export class BodyRooms {
  readonly ofStrangers: BodyRoom;
  private readonly whole: BodyRoom;
  private readonly shares = new Map<string, BodyRoom>();

  /** @param mostBytes that are held at one time, over all requests */
  constructor(private readonly mostBytes: number) {
    this.whole = new BodyRoom(mostBytes);
    this.ofStrangers = new BodyRoom(mostBytes * STRANGERS_SHARE, this.whole);
  }

  of(organizationId: string): BodyRoom {
    const known = this.shares.get(organizationId);
    if (known !== undefined) return known;
    if (this.shares.size >= SHARES_KEPT) this.forgetEmpty();
    const share = new BodyRoom(this.mostBytes * ORGANIZATION_SHARE, this.whole);
    this.shares.set(organizationId, share);
    return share;
  }

  private forgetEmpty(): void {
    for (const [organizationId, { heldBytes }] of this.shares) if (heldBytes === 0) this.shares.delete(organizationId);
  }
}
