import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Window } from './window.js';

const at = (text: string): Date => new Date(text);
const january = Window.of(at('2026-01-01T00:00:00Z'), at('2026-02-01T00:00:00Z'));

const windows = fc
  .tuple(fc.integer({ min: -1_000, max: 1_000 }), fc.integer({ min: 1, max: 1_000 }))
  .map(([fromMs, lengthMs]) => Window.of(new Date(fromMs), new Date(fromMs + lengthMs)));

describe('Window.of', () => {
  it.each([
    ['an empty span', at('2026-01-01T00:00:00Z'), at('2026-01-01T00:00:00Z'), '2026-01-01T00:00:00.000Z to 2026-01-01T00:00:00.000Z'],
    ['a reversed span', at('2026-01-02T00:00:00Z'), at('2026-01-01T00:00:00Z'), '2026-01-02T00:00:00.000Z'],
    ['an invalid from', at('never'), at('2026-01-01T00:00:00Z'), 'from an invalid date'],
    ['an invalid to', at('2026-01-01T00:00:00Z'), at('never'), 'to an invalid date'],
  ])('refuses %s and quotes it', (_name, from, to, quoted) => {
    expect(() => Window.of(from, to)).toThrow(RangeError);
    expect(() => Window.of(from, to)).toThrow(quoted);
  });

  it('copies the dates it is given, and hands out copies', () => {
    const from = at('2026-01-01T00:00:00Z');
    const window = Window.of(from, at('2026-02-01T00:00:00Z'));
    from.setUTCFullYear(1999);
    window.from.setUTCFullYear(1999);
    window.to.setUTCFullYear(1999);
    expect(window.toJSON()).toEqual({ from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' });
  });

  it('cannot be changed', () => {
    expect(() => Object.assign(january, { fromMs: 0 })).toThrow(TypeError);
    expect(Object.isFrozen(january)).toBe(true);
  });
});

describe('Window', () => {
  it.each([
    ['its begin', '2026-01-01T00:00:00.000Z', true],
    ['its last millisecond', '2026-01-31T23:59:59.999Z', true],
    ['its end', '2026-02-01T00:00:00.000Z', false],
    ['the millisecond before', '2025-12-31T23:59:59.999Z', false],
  ])('contains %s (%s): %s', (_name, instant, inside) => {
    expect(january.contains(at(instant))).toBe(inside);
  });

  it('contains no invalid date', () => {
    expect(january.contains(at('never'))).toBe(false);
  });

  it('has a length', () => {
    expect(january.durationMs).toBe(31 * 86_400_000);
  });

  it('shares nothing with a window that only touches it', () => {
    expect(january.intersect(Window.of(january.to, at('2026-03-01T00:00:00Z')))).toBeNull();
  });

  it('intersects exactly where both contain an instant', () => {
    fc.assert(
      fc.property(windows, windows, fc.integer({ min: -1_000, max: 2_000 }), (a, b, instantMs) => {
        const instant = new Date(instantMs);
        expect(a.intersect(b)?.contains(instant) ?? false).toBe(a.contains(instant) && b.contains(instant));
        expect(a.intersect(b)).toEqual(b.intersect(a));
      }),
    );
  });

  it('equals by its ends', () => {
    expect(january.equals(Window.of(january.from, january.to))).toBe(true);
    expect(january.equals(Window.of(january.from, new Date(january.toMs + 1)))).toBe(false);
    expect(january.equals(Window.of(new Date(january.fromMs + 1), january.to))).toBe(false);
  });
});
