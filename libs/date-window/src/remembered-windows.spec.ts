import { describe, expect, it } from '@jest/globals';
import { gnipWindow } from './gnip-window.js';
import { lagoWindow } from './lago-window.js';
import { RememberedWindows } from './remembered-windows.js';

describe('remembered windows', () => {
  it('are found once, and what is thrown each time', () => {
    const windows = new RememberedWindows<{ readonly buckets: readonly number[] }>();
    const found = windows.recall('a', () => ({ buckets: [1] }));
    expect(windows.recall('a', () => ({ buckets: [2] }))).toBe(found);
    const fail = (): never => {
      throw new RangeError('no window');
    };
    expect(() => windows.recall('b', fail)).toThrow('no window');
    expect(windows.recall('b', () => ({ buckets: [3] })).buckets).toEqual([3]);
  });

  it('leave out those that take much room, and begin anew when there are many', () => {
    const windows = new RememberedWindows<{ readonly buckets: readonly number[] }>();
    const many = (): { readonly buckets: readonly number[] } => ({ buckets: Array.from({ length: 101 }, (_, n) => n) });
    expect(windows.recall('many', many)).not.toBe(windows.recall('many', many));
    const first = windows.recall('0', () => ({ buckets: [] }));
    for (let n = 1; n < 500; n += 1) windows.recall(String(n), () => ({ buckets: [] }));
    expect(windows.recall('0', () => ({ buckets: [] }))).toBe(first);
    windows.recall('500', () => ({ buckets: [] }));
    expect(windows.recall('0', () => ({ buckets: [] }))).not.toBe(first);
  });

  it('can not be changed by one who asks for all others', () => {
    const remembered = [gnipWindow({}, new Date('2026-11-21T12:00:00Z')), lagoWindow({}, new Date('2026-11-21T12:00:00Z'), 'UTC')];
    for (const window of remembered) {
      expect(() => (window.buckets as unknown[]).reverse()).toThrow(TypeError);
      expect(Object.values(window).every((part) => Object.isFrozen(part))).toBe(true);
    }
  });

  it('follow the clock and the zone', () => {
    const [lateEvening, midnight] = [new Date('2026-11-30T23:59:59.999Z'), new Date('2026-12-01T00:00:00Z')];
    expect([lateEvening, midnight].map((now) => gnipWindow({}, now).echo.toDate)).toEqual(['202612010000', '202701010000']);
    expect([lateEvening, midnight].map((now) => lagoWindow({}, now, 'UTC').buckets.at(-1)?.end)).toEqual(['2026-11-30', '2026-12-01']);
    expect(['UTC', 'Asia/Tokyo'].map((zone) => lagoWindow({}, lateEvening, zone).buckets.at(-1)?.end)).toEqual([
      '2026-11-30',
      '2026-12-01',
    ]);
  });
});
