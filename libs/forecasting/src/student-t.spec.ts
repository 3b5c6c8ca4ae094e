import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { studentTCdf, studentTQuantile } from './student-t.js';

const probability = fc.double({ min: 0.0005, max: 0.9995, noNaN: true });
const degrees = fc.integer({ min: 1, max: 400 });

describe('studentTQuantile', () => {
  // Reference values computed with @stdlib/stats-base-dists-t-quantile 0.2.3.
  it.each([
    [0.9, 1, 3.077683537175254],
    [0.975, 1, 12.706204736174694],
    [0.9995, 1, 636.6192487687897],
    [0.9, 2, 1.8856180831641272],
    [0.975, 2, 4.302652729749462],
    [0.6, 3, 0.2766706623326899],
    [0.975, 5, 2.570581835636314],
    [0.9, 10, 1.3721836411103359],
    [0.995, 20, 2.8453397097861077],
    [0.9, 56, 1.2968526725898017],
    [0.975, 56, 2.003240718847872],
    [0.975, 200, 1.971896223633909],
  ])('%d of the distribution with %d degrees lies below %d', (p, df, expected) => {
    expect(studentTQuantile(p, df) / expected).toBeCloseTo(1, 9);
    expect(studentTQuantile(1 - p, df) / -expected).toBeCloseTo(1, 9);
  });

  it('is the inverse of the distribution function', () => {
    fc.assert(fc.property(probability, degrees, (p, df) => Math.abs(studentTCdf(studentTQuantile(p, df), df) - p) < 1e-9));
  });

  it.each([0, 1, -0.1, Number.NaN])('refuses the probability %d', (p) => {
    expect(() => studentTQuantile(p, 5)).toThrow(String(p));
  });
});

describe('studentTCdf', () => {
  it.each([
    [-3, 1, 0.10241638234956672],
    [1, 2, 0.7886751345948129],
    [-0.5, 10, 0.3139468028714865],
    [2.5, 30, 0.9909421754659666],
    [0.25, 200, 0.5985780243180678],
    [0, 7, 0.5],
    [Number.POSITIVE_INFINITY, 7, 1],
    [Number.NEGATIVE_INFINITY, 7, 0],
  ])('P(T ≤ %d) with %d degrees is %d', (t, df, expected) => {
    expect(studentTCdf(t, df)).toBeCloseTo(expected, 9);
  });

  it('refuses a distribution without degrees of freedom', () => {
    expect(() => studentTCdf(1, 0)).toThrow('degrees 0');
  });
});
