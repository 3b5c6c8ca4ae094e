/** Entries of one memory; then it begins anew. */
const MOST_ENTRIES = 500;
/** Of windows with more buckets than that, few are asked for, and they take their room. */
const MOST_BUCKETS = 100;

/**
 * Windows of late, by a text that says all that they depend on: the same ones are asked for again and again until the day is over. What is remembered is
 * frozen, since all who ask share it; what is thrown is not remembered.
 */
export class RememberedWindows<T extends { readonly buckets: readonly unknown[] }> {
  private readonly windows = new Map<string, T>();

  recall(key: string, find: () => T): T {
    const known = this.windows.get(key);
    if (known !== undefined) return known;
    const window = find();
    if (window.buckets.length > MOST_BUCKETS) return window;
    if (this.windows.size >= MOST_ENTRIES) this.windows.clear();
    this.windows.set(key, freezeAll(window));
    return window;
  }
}

/** @returns the window, of which nothing can be changed any more. */
function freezeAll<T extends object>(value: T): T {
  for (const part of Object.values(value) as unknown[])
    if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) freezeAll(part);
  return Object.freeze(value);
}
