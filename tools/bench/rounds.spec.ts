import { describe, expect, it } from '@jest/globals';
import { alternate } from './rounds.js';

describe('alternate', () => {
  it('takes turns, leaves the warm-up out, and gives medians', async () => {
    const order: string[] = [];
    const round =
      (name: string, values: readonly number[]) =>
      (index: number): Promise<number> => {
        order.push(`${name}${index}`);
        return Promise.resolve(values[index]!);
      };
    const told: string[] = [];
    const medians = await alternate(3, { a: round('a', [9_000, 1, 3, 2]), b: round('b', [0, 10, 30, 50]) }, (line) => told.push(line));
    expect(medians).toEqual({ a: 2, b: 30 });
    expect(order).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
    expect(told.slice(0, 3)).toEqual(['warm-up a: 9,000', 'warm-up b: 0', 'round 1 a: 1']);
  });
});
