import { CORRECTION_LIMITS } from './limits.js';

const WAIT = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;])/i;

/**
 * How long an answer waits for the work, in milliseconds: what `Prefer: wait=<seconds>` (RFC 7240) asks for, 10 seconds at most and by default.
 * `respond-async` without it is 0.
 */
export function waitPreferenceMs(prefer: string | undefined): number {
  const seconds = WAIT.exec(prefer ?? '')?.[1];
  if (seconds !== undefined) return Math.min(Number(seconds) * 1_000, CORRECTION_LIMITS.waitMs);
  return /(?:^|[,;\s])respond-async(?:$|[,;\s])/i.test(prefer ?? '') ? 0 : CORRECTION_LIMITS.waitMs;
}
