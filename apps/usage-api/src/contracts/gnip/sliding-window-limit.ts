import { DomainError } from '@tallymark/domain';

/** At most so many calls of one key in any span of this length. */
export interface SlidingWindowOptions {
  readonly limit: number;
  readonly windowMs: number;
}

/**
 * Counts calls per key over a sliding window. What is refused is not counted, so that a client that waits as it is told gets through.
 *
 * It lives in the memory of one process: behind N processes a key may get up to N times the limit, and a restart forgets. Keys that
 * have not called for a whole window are forgotten, so that memory holds those of the last window alone.
 */
export class SlidingWindowLimit {
  /** Instants of the calls that were let through, in milliseconds; keys in the order of their last call. */
  private readonly callsMs = new Map<string, readonly number[]>();

  constructor(private readonly options: SlidingWindowOptions) {}

  /** Counts a call. @throws DomainError `rate_limited` that says when the next one will be let through. */
  admit(key: string, now: Date): void {
    const { limit, windowMs } = this.options;
    const nowMs = now.getTime();
    // A call from ahead of now was made before the clock was set back, and would block for as long as that was.
    const recent = (this.callsMs.get(key) ?? []).filter((callMs) => callMs <= nowMs && callMs > nowMs - windowMs);
    if (recent.length >= limit) {
      const retryAfterSeconds = Math.ceil((recent[recent.length - limit]! + windowMs - nowMs) / 1_000);
      throw new DomainError(
        'rate_limited',
        `received more than ${limit} requests in ${windowMs / 1_000} seconds; expected the next one in ${retryAfterSeconds} seconds`,
        { retryAfterSeconds },
      );
    }
    this.callsMs.delete(key);
    this.forgetBefore(nowMs - windowMs);
    this.callsMs.set(key, [...recent, nowMs]);
  }

  /** Keys that are counted at the moment. */
  get size(): number {
    return this.callsMs.size;
  }

  private forgetBefore(instantMs: number): void {
    for (const [key, calls] of this.callsMs) {
      if (calls.at(-1)! > instantMs) return;
      this.callsMs.delete(key);
    }
  }
}
