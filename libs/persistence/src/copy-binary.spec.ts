import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import {
  beginRows,
  createTimestampReader,
  endRows,
  HEADER_BYTES,
  reuseRows,
  SPARE_IDLE_MS,
  takeBuffer,
  TRAILER_BYTES,
} from './copy-binary.js';

// For all of the file: buffers that are spare outlive a test, and so does the timer that is set for them.
beforeAll(() => void jest.useFakeTimers());
afterAll(() => void jest.useRealTimers());

describe('rows of a copy', () => {
  it('stand between the header and the mark of their end', () => {
    const buffer = takeBuffer(HEADER_BYTES + 3 + TRAILER_BYTES).fill('x');
    const start = beginRows(buffer);
    buffer.write('row', start);
    expect(endRows(buffer, start + 3).toString('latin1')).toBe('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0row\xff\xff');
  });

  it('are written over rows that are done with, and over no others', () => {
    const [first, second] = [takeBuffer(1_000), takeBuffer(1_000)];
    expect(second.buffer).not.toBe(first.buffer);
    const rows = endRows(first, beginRows(first));
    reuseRows(rows);
    const third = takeBuffer(900);
    expect(third.buffer).toBe(first.buffer);
    expect(third.length).toBe(1_000);
    expect(takeBuffer(1_000).buffer).not.toBe(first.buffer);
  });

  it('are not given far more room than they need', () => {
    reuseRows(takeBuffer(100_000));
    expect(takeBuffer(1_000).length).toBeLessThanOrEqual(4_000);
  });
});

describe('a buffer that is done with', () => {
  it('is let go of once nobody has wanted it for a while, whatever others are taken', () => {
    const [small, large] = [takeBuffer(1_000), takeBuffer(1_000_000)];
    for (const buffer of [small, large]) reuseRows(buffer);
    jest.advanceTimersByTime(SPARE_IDLE_MS - 1);
    const again = takeBuffer(1_000_000);
    expect(again.buffer).toBe(large.buffer);
    reuseRows(again);
    for (let passedMs = 0; passedMs < 2 * SPARE_IDLE_MS; passedMs += SPARE_IDLE_MS / 4) {
      jest.advanceTimersByTime(SPARE_IDLE_MS / 4);
      const taken = takeBuffer(1_000);
      expect(taken.buffer).toBe(small.buffer);
      reuseRows(taken);
    }
    expect(takeBuffer(1_000_000).buffer).not.toBe(large.buffer);
  });

  it('leaves nothing that runs behind when all are let go of', () => {
    reuseRows(takeBuffer(1_000));
    jest.advanceTimersByTime(2 * SPARE_IDLE_MS);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('createTimestampReader', () => {
  it.each([
    ['2000-01-01T00:00:00.000000Z', 0],
    ['2000-01-01T00:01:02.000003Z', 62_000_003],
    ['1999-12-31T23:59:59.999999Z', -1],
    ['2026-11-21T10:00:00.123Z', (Date.UTC(2026, 10, 21, 10) - Date.UTC(2000, 0, 1)) * 1_000 + 123_000],
  ])('reads %s as %d', (text, expected) => {
    expect(createTimestampReader()(text)).toBe(expected);
  });

  it('reads any time', () => {
    const read = createTimestampReader();
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true, min: new Date('1900-01-01'), max: new Date('9999-12-31') }), (date) => {
        expect(read(date.toISOString())).toBe((date.getTime() - Date.UTC(2000, 0, 1)) * 1_000);
      }),
    );
  });
});
