import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRandom, createWeightedDraw } from './random.js';

describe('createRandom', () => {
  it('gives the same numbers for a seed on every machine', () => {
    const random = createRandom('demo');
    expect([random.integer(0, 999), random.integer(0, 999), random.integer(0, 999)]).toEqual([838, 135, 55]);
  });

  it('stays within its bounds', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -1000, max: 1000 }), fc.nat(1000), (seed, least, width) => {
        const random = createRandom(seed);
        const drawn = Array.from({ length: 20 }, () => random.integer(least, least + width));
        expect(drawn.every((value) => Number.isInteger(value) && value >= least && value <= least + width)).toBe(true);
      }),
    );
  });

  it('draws by weight, and never what weighs nothing', () => {
    const draw = createWeightedDraw([0, 3, 0, 1]);
    const random = createRandom('weights');
    const counts = [0, 0, 0, 0];
    for (let index = 0; index < 4_000; index += 1) counts[draw(random)]! += 1;
    expect([counts[0], counts[2]]).toEqual([0, 0]);
    expect(counts[1]! / counts[3]!).toBeCloseTo(3, 0);
  });

  it('cannot draw from nothing', () => {
    expect(() => createWeightedDraw([0, 0])).toThrow('no weight is positive among 2');
    expect(() => createRandom('').pick([])).toThrow('nothing to pick from');
  });
});
