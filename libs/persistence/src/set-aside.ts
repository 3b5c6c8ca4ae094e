import { isTransient } from './sql-state.js';

/** One thing to work on: a commit to fold, a subscription whose statements are to be made. */
export interface WorkItem {
  readonly organizationId: string;
  readonly id: string;
}

/** What failed by itself a moment ago, and is passed over so that the rest goes on. Known to one instance alone, which is enough: each finds out. */
export interface SetAside {
  /** What is to be passed over now. */
  readonly items: () => WorkItem[];
  /** What failed when it was last tried: what is passed over now, and what is due to be tried again. */
  readonly failing: () => WorkItem[];
  readonly add: (item: WorkItem, error: unknown) => void;
  /** Something was done: what failed till now failed by what it is. */
  readonly noteDone: () => void;
  /** Whether more than one thing that fails began to since anything was last done: then it may be the work itself that fails. */
  readonly isStalled: () => boolean;
}

/** How long an item that failed is passed over. */
const ASIDE_MS = 60_000;

/** How long what is due may wait to be tried again before its failure says nothing any more. */
const DUE_MS = 60_000;

interface Entry {
  readonly item: WorkItem;
  readonly untilMs: number;
  /** How many times anything had been done when it failed first. */
  readonly failsSince: number;
}

/** @param onFailure is told of each item each time that it fails, for the log. */
export function createSetAside(clock: () => Date, onFailure: (item: WorkItem, error: unknown) => void): SetAside {
  const aside = new Map<string, Entry>();
  let timesDone = 0;
  const asideAfter = (ms: number): Entry[] => [...aside.values()].filter(({ untilMs }) => untilMs > ms);
  const failing = (): Entry[] => asideAfter(clock().getTime() - DUE_MS);
  return {
    items: () => {
      const nowMs = clock().getTime();
      for (const [key, { untilMs }] of aside) if (untilMs + DUE_MS <= nowMs) aside.delete(key);
      return asideAfter(nowMs).map(({ item }) => item);
    },
    failing: () => failing().map(({ item }) => item),
    add: (item, error) => {
      const key = `${item.organizationId} ${item.id}`;
      aside.set(key, { item, untilMs: clock().getTime() + ASIDE_MS, failsSince: aside.get(key)?.failsSince ?? timesDone });
      onFailure(item, error);
    },
    noteDone: () => {
      timesDone += 1;
    },
    isStalled: () => failing().filter(({ failsSince }) => failsSince === timesDone).length > 1,
  };
}

/**
 * Works on all items at once and, where that fails by what an item is, on each half by itself, down to the single ones: those that fail alone are
 * reported, and all others are done. One item in `n` costs about `2 log2 n` tries.
 *
 * @returns what each piece of work that was done came to.
 * @throws at once what may pass by itself, such as a lost connection; what was done before stays done.
 */
export async function workInHalves<T, R>(
  items: readonly T[],
  work: (some: readonly T[]) => Promise<R>,
  onFailure: (item: T, error: unknown) => void,
): Promise<R[]> {
  const [first] = items;
  if (first === undefined) return [];
  try {
    return [await work(items)];
  } catch (error) {
    if (isTransient(error)) throw error;
    if (items.length === 1) {
      onFailure(first, error);
      return [];
    }
  }
  const middle = Math.ceil(items.length / 2);
  return [...(await workInHalves(items.slice(0, middle), work, onFailure)), ...(await workInHalves(items.slice(middle), work, onFailure))];
}
