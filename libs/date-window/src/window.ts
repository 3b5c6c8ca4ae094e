/**
 * A span of time, half-open and in UTC: `from` belongs to it, `to` does not. Every operation follows from that one sentence.
 *
 * An invalid window cannot exist: {@link Window.of} is the only way to one, and it refuses invalid dates and empty or reversed spans.
 * A window never changes: `from` and `to` hand out fresh `Date` objects each time, and the object itself is frozen.
 */
export class Window {
  /** The first instant inside, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly fromMs: number;
  /** The first instant after, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly toMs: number;
  /** Private state makes the type nominal: an object of the same shape that was never checked is no window. */
  readonly #durationMs: number;

  private constructor(fromMs: number, toMs: number) {
    this.fromMs = fromMs;
    this.toMs = toMs;
    this.#durationMs = toMs - fromMs;
    Object.freeze(this);
  }

  /** The window `[from, to)`. @throws RangeError unless both dates are valid and `from` is before `to`. */
  static of(from: Date, to: Date): Window {
    const fromMs = from.getTime();
    const toMs = to.getTime();
    if (!(fromMs < toMs))
      throw new RangeError(`not a window: from ${describe(from)} to ${describe(to)}; expected two valid dates, from before to`);
    return new Window(fromMs, toMs);
  }

  /** The first instant inside; a copy. */
  get from(): Date {
    return new Date(this.fromMs);
  }

  /** The first instant after the window; a copy. */
  get to(): Date {
    return new Date(this.toMs);
  }

  /** Length in milliseconds, at least 1. */
  get durationMs(): number {
    return this.#durationMs;
  }

  /** Whether the instant lies inside: `from` does, `to` does not. */
  contains(instant: Date): boolean {
    const instantMs = instant.getTime();
    return instantMs >= this.fromMs && instantMs < this.toMs;
  }

  /** What two windows share, or null when they share nothing. Windows that only touch share nothing. */
  intersect(other: Window): Window | null {
    const fromMs = Math.max(this.fromMs, other.fromMs);
    const toMs = Math.min(this.toMs, other.toMs);
    return fromMs < toMs ? new Window(fromMs, toMs) : null;
  }

  /** Whether both begin and end at the same instants. */
  equals(other: Window): boolean {
    return this.fromMs === other.fromMs && this.toMs === other.toMs;
  }

  /** ISO 8601 in UTC with milliseconds: `{from: "2026-01-01T00:00:00.000Z", to: …}`. */
  toJSON(): { from: string; to: string } {
    return { from: this.from.toISOString(), to: this.to.toISOString() };
  }
}

function describe(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an invalid date' : date.toISOString();
}
