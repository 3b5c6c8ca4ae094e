import { Window } from './window.js';

/** Width of a bucket: 15 minutes, since the offset of every zone in use is a multiple of that. */
export const BUCKET_MS = 900_000;

/** A window cut at the bucket grid. The parts that exist tile the window in this order. */
export interface AlignedParts {
  /** From the window's begin up to the first bucket boundary, or the whole window when it lies inside one bucket. */
  readonly before: Window | null;
  /** Whole buckets. */
  readonly aligned: Window | null;
  /** From the last bucket boundary to the window's end. */
  readonly after: Window | null;
}

/** The start of the bucket that holds the instant. @throws RangeError when the date is invalid. */
export function bucketStart(instant: Date): Date {
  const instantMs = instant.getTime();
  if (Number.isNaN(instantMs)) throw new RangeError('bucketStart received an invalid date; expected an instant');
  return new Date(floorToBucket(instantMs));
}

/** Whether an instant is a bucket boundary. False for an invalid date. */
export function isBucketAligned(instant: Date): boolean {
  return Math.abs(instant.getTime() % BUCKET_MS) === 0;
}

/** Splits a window into whole buckets and the unaligned head and tail, which only the event log can answer for. */
export function alignedPart(window: Window): AlignedParts {
  const firstBoundaryMs = -floorToBucket(-window.fromMs);
  const lastBoundaryMs = floorToBucket(window.toMs);
  if (firstBoundaryMs > lastBoundaryMs) return { before: window, aligned: null, after: null };
  return {
    before: windowOrNull(window.fromMs, firstBoundaryMs),
    aligned: windowOrNull(firstBoundaryMs, lastBoundaryMs),
    after: windowOrNull(lastBoundaryMs, window.toMs),
  };
}

/** Rounds towards the past before 1970 too, where `%` would round towards 1970. */
function floorToBucket(instantMs: number): number {
  return Math.floor(instantMs / BUCKET_MS) * BUCKET_MS;
}

function windowOrNull(fromMs: number, toMs: number): Window | null {
  return fromMs < toMs ? Window.of(new Date(fromMs), new Date(toMs)) : null;
}
