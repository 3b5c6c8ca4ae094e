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
