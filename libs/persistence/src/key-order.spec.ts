import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EVENT_ROW, EventRows } from './event-rows.js';
import { sortByKey } from './key-order.js';

interface Key {
  readonly shard: Buffer;
  readonly identity: Buffer;
}

/** Rows of which only the keys are written. */
function rowsOf(keys: readonly Key[]): EventRows {
  const bytes = Buffer.alloc(keys.length * EVENT_ROW.textsAt);
  keys.forEach(({ shard, identity }, index) => {
    shard.copy(bytes, index * EVENT_ROW.textsAt + EVENT_ROW.shardAt);
    identity.copy(bytes, index * EVENT_ROW.textsAt + EVENT_ROW.identityAt);
  });
  return new EventRows(
    bytes,
    Uint32Array.from(keys, (_, index) => (index + 1) * EVENT_ROW.textsAt),
  );
}

/** As PostgreSQL does: a bigint by its sign, a UUID byte by byte; of one key the first first. */
function sortAsServer(keys: readonly Key[]): number[] {
  return [...keys.keys()].sort((a, b) => {
    const [first, second] = [keys[a]!, keys[b]!];
    const [one, other] = [first.shard.readBigInt64BE(), second.shard.readBigInt64BE()];
    if (one !== other) return one < other ? -1 : 1;
    return Buffer.compare(first.identity, second.identity) || a - b;
  });
}

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.array(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), { minLength: length, maxLength: length }).map((codes) => Buffer.from(codes));
const key = fc.record({ shard: bytes(8), identity: bytes(16) });

describe('sortByKey', () => {
  it('sorts as PostgreSQL does', () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 100 }), fc.array(fc.nat({ max: 99 })), (keys, again) => {
        const all = [...keys, ...again.flatMap((index) => keys[index] ?? [])];
        expect([...sortByKey(rowsOf(all))]).toEqual(sortAsServer(all));
      }),
    );
  });

  it.each([
    ['of few subjects', 1_000, 3],
    ['of one subject', 1_000, 1],
    ['more than have room for their place beside their key', 33_000, 50],
  ])('sorts rows %s', (_name, count, subjects) => {
    const keys = Array.from({ length: count }, (_, index) => ({
      shard: Buffer.from([((index % subjects) * 77) % 256, 1, 2, 3, 4, 5, 6, 7]),
      identity: Buffer.from([(index * 7) % 256, (index * 31) % 256, index >> 8, ...new Array<number>(13).fill(0)]),
    }));
    expect([...sortByKey(rowsOf(keys))]).toEqual(sortAsServer(keys));
  });
});
