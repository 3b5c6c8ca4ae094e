import type { EventRows } from './event-rows.js';

/** Rows whose indexes fit into a number beside 38 bits of their key. */
const MOST_ROWS = 2 ** 15;
/** A row tells 40 bits of its shard key; a double has room for so many of them. */
const DROPPED_BITS = 2 ** 2;

/**
 * Indexes of rows in the order in which PostgreSQL sorts their keys, shard key and identity, and of one key in the order in which they came: writers that
 * overlap wait for each other in one order, whichever way they write, and never deadlock; neighbours in an index are written together; and what came
 * twice stands side by side. Most of the order is made by sorting numbers, which takes a fraction of the time of comparing keys.
 */
export function sortByKey(rows: EventRows): Uint32Array {
  const { count } = rows;
  const sorted = new Uint32Array(count);
  if (count > MOST_ROWS) {
    for (let index = 0; index < count; index++) sorted[index] = index;
    sortRange(rows, sorted, 0, count);
    return sorted;
  }
  const numbers = new Float64Array(count);
  for (let index = 0; index < count; index++) numbers[index] = Math.floor(rows.firstBitsAt(index) / DROPPED_BITS) * MOST_ROWS + index;
  numbers.sort();
  for (let place = 0; place < count; place++) sorted[place] = numbers[place]! % MOST_ROWS;
  for (let start = 0, end = 1; start < count; start = end++) {
    const bits = Math.floor(numbers[start]! / MOST_ROWS);
    while (end < count && Math.floor(numbers[end]! / MOST_ROWS) === bits) end += 1;
    if (end - start > 1) sortRange(rows, sorted, start, end);
  }
  return sorted;
}

/** Up to so many, inserting one by one is quicker than a call of `sort`. */
const FEW = 12;

/** Keys that begin alike: as a rule those of one subject. */
function sortRange(rows: EventRows, sorted: Uint32Array, start: number, end: number): void {
  const compare = (a: number, b: number): number => rows.compareKeys(a, b) || a - b;
  if (end - start > FEW) {
    sorted.subarray(start, end).sort(compare);
    return;
  }
  for (let place = start + 1; place < end; place++) {
    const row = sorted[place]!;
    let free = place;
    for (; free > start && compare(sorted[free - 1]!, row) > 0; free--) sorted[free] = sorted[free - 1]!;
    sorted[free] = row;
  }
}
