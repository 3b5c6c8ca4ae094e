import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type KeyedRow, sortByKey } from './key-order.js';

const bytes = (length: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), { minLength: length, maxLength: length }).map((codes) => String.fromCharCode(...codes));
const row = fc.record({ shard: fc.record({ bytes: bytes(8) }), identity: bytes(16) });

/** As PostgreSQL does: a bigint by its sign, a UUID byte by byte. */
function compareAsServer(a: KeyedRow, b: KeyedRow): number {
  const [first, second] = [a, b].map(({ shard }) => Buffer.from(shard.bytes, 'latin1').readBigInt64BE(0)) as [bigint, bigint];
  if (first !== second) return first < second ? -1 : 1;
  return Buffer.compare(Buffer.from(a.identity, 'latin1'), Buffer.from(b.identity, 'latin1'));
}

describe('sortByKey', () => {
  it('sorts as PostgreSQL does', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 100 }), (rows) => {
        expect(sortByKey(rows)).toEqual([...rows].sort(compareAsServer));
      }),
    );
  });

  it.each([
    ['of few subjects', 1_000, 3],
    ['of one subject', 1_000, 1],
    ['more than have room for their place beside their key', 8_200, 50],
  ])('sorts rows %s', (_name, count, subjects) => {
    const rows = Array.from({ length: count }, (_, index) => ({
      shard: { bytes: String.fromCharCode((index % subjects) * 77, 1, 2, 3, 4, 5, 6, 7).replace(/[^\0-\xff]/g, '\xff') },
      identity: String.fromCharCode((index * 7) % 256, (index * 31) % 256, index >> 8, ...new Array<number>(13).fill(0)),
    }));
    expect(sortByKey(rows)).toEqual([...rows].sort(compareAsServer));
  });
});
