const FIRST_MS = 100;
const LONGEST_MS = 5_000;
/** Who has run this long has recovered: the next fault begins with the shortest wait again. */
const RECOVERED_MS = 20_000;

/** How long to wait before the next start: 100 ms, doubling to 5 s while a process keeps ending early. */
export function nextBackoff(previousMs: number | undefined, ranMs: number): number {
  if (previousMs === undefined || ranMs >= RECOVERED_MS) return FIRST_MS;
  return Math.min(previousMs * 2, LONGEST_MS);
}
