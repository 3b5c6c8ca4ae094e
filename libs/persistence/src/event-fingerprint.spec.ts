import { describe, expect, it } from '@jest/globals';
import type { UsageEvent } from '@tallymark/domain';
import { EventEncoder } from './event-encoder.js';
import { FINGERPRINT_BYTES, fingerprintsOf, writeHalfSipHash } from './event-fingerprint.js';

describe('the hash', () => {
  it.each([
    [0, '218d1f59b9b83cc8'],
    [1, 'be552412f8387315'],
    [2, '064f39ef7c50eb57'],
    [3, 'ce0f1a45f7060679'],
    [4, 'd5e78a175be52ea1'],
    [5, 'cb9d7c3f2f3db580'],
    [6, 'ce3e91358aa2bc25'],
  ])('of %i bytes is that of the reference implementation', (length, expected) => {
    const bytes = Uint8Array.from({ length: length + 2 }, (_, index) => index - 1);
    const into = Buffer.alloc(FINGERPRINT_BYTES + 1);
    writeHalfSipHash({ low: 0x03020100, high: 0x07060504 }, bytes, { start: 1, end: 1 + length }, into, 1);
    expect(into.toString('hex')).toBe(`00${expected}`);
  });

  it('tells every bit of a text apart', () => {
    const text = Buffer.from('{"model":"m1","tokens":3021,"user":"u7"}');
    const hashes = new Set<string>();
    const into = Buffer.alloc(FINGERPRINT_BYTES);
    for (let bit = -1; bit < text.length * 8; bit++) {
      const changed = Buffer.from(text);
      if (bit >= 0) changed[bit >> 3]! ^= 1 << (bit & 7);
      writeHalfSipHash({ low: 0, high: 0 }, changed, { start: 0, end: changed.length }, into, 0);
      for (const half of [into.toString('hex', 0, 4), into.toString('hex', 4)]) hashes.add(half);
    }
    expect(hashes.size).toBe(2 * (1 + text.length * 8));
  });
});

describe('the fingerprint of an event', () => {
  const base: UsageEvent = {
    id: 'e1',
    source: '/test',
    type: 'api.request',
    subject: 'acme',
    time: '2026-11-20T10:00:00.123456Z',
    dataJson: '{"a":1,"b":2}',
  };
  const encoder = new EventEncoder();
  const fingerprintOf = (event: UsageEvent, receivedAt = '2026-11-21T12:00:00Z', commitId = '1'): string => {
    const others = { ...base, id: 'another' };
    const rows = encoder.encode([others, event].map((one) => ({ organizationId: '0192d3a0-0000-7000-8000-000000000001', event: one })));
    rows.stamp(commitId, new Date(receivedAt));
    return Buffer.from(fingerprintsOf(rows)).toString('hex', FINGERPRINT_BYTES);
  };

  it('stays what it is, since rows that are kept bear it', () => {
    expect(fingerprintOf(base)).toMatchInlineSnapshot(`"fb3618f2f815e5e3"`);
    expect(fingerprintOf({ ...base, time: null, dataJson: null })).toMatchInlineSnapshot(`"d1222e6eabcf6ed9"`);
  });

  it('is the same whenever the event comes', () => {
    expect(fingerprintOf(base, '2027-01-01T00:00:00Z', '2')).toBe(fingerprintOf(base));
    const timeless = { ...base, time: null };
    expect(fingerprintOf(timeless, '2027-01-01T00:00:00Z', '2')).toBe(fingerprintOf(timeless));
  });

  it.each<[string, Partial<UsageEvent>]>([
    ['another type', { type: 'api.requests' }],
    ['another time', { time: '2026-11-20T10:00:00.123457Z' }],
    ['no time', { time: null }],
    ['other data', { dataJson: '{"a":1,"b":3}' }],
    ['no data', { dataJson: null }],
    ['members in another order', { dataJson: '{"b":2,"a":1}' }],
  ])('is another one with %s', (_name, change) => {
    expect(fingerprintOf({ ...base, ...change })).not.toBe(fingerprintOf(base));
  });

  it('is no other when an event without a time is received at the time that another bears', () => {
    expect(fingerprintOf({ ...base, time: null }, base.time!.replace('456Z', 'Z'))).not.toBe(fingerprintOf(base));
  });
});
