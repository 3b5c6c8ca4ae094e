import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bigintBytes, CopyWriter, createTimestampReader, reuseRows, uuidBytes } from './copy-binary.js';

/** The fields of the rows that were written, as buffers; null where there is none. */
function readFields(copied: Buffer): (Buffer | null)[][] {
  expect(copied.toString('latin1', 0, 19)).toBe('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0');
  const rows: (Buffer | null)[][] = [];
  let at = 19;
  for (let fields = copied.readInt16BE(at); fields !== -1; fields = copied.readInt16BE(at)) {
    at += 2;
    rows.push(
      Array.from({ length: fields }, () => {
        const length = copied.readInt32BE(at);
        at += 4;
        if (length === -1) return null;
        at += length;
        return copied.subarray(at - length, at);
      }),
    );
  }
  expect(at + 2).toBe(copied.length);
  return rows;
}

describe('CopyWriter', () => {
  it('writes each kind of field', () => {
    const writer = new CopyWriter(0);
    writer.beginRow(6);
    writer.fixed(bigintBytes('-2'));
    writer.fixed(uuidBytes('0192d3a0-0000-7000-8000-0000000000ff'));
    writer.timestamp(-1);
    writer.boolean(true);
    writer.null();
    writer.json('{"a":1}');
    expect(readFields(writer.finish())).toEqual([
      [
        Buffer.from('fffffffffffffffe', 'hex'),
        Buffer.from('0192d3a0000070008000000000000000ff'.replace('000000000000ff', '0000000000ff'), 'hex'),
        Buffer.from('ffffffffffffffff', 'hex'),
        Buffer.from([1]),
        null,
        Buffer.from('\x01{"a":1}'),
      ],
    ]);
  });

  it('writes over rows that are done with', () => {
    const write = (text: string): Buffer => {
      const writer = new CopyWriter(100);
      writer.beginRow(1);
      writer.text(text);
      return writer.finish();
    };
    const first = write('first'.repeat(10));
    const second = write('second');
    reuseRows(first);
    const third = write('third');
    expect(third.buffer).toBe(first.buffer);
    expect([second, third].map((rows) => readFields(rows)[0]![0]!.toString())).toEqual(['second', 'third']);
  });

  it('writes any text, however long', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 500 }), { maxLength: 20 }), (texts) => {
        const writer = new CopyWriter(10);
        for (const text of texts) {
          writer.beginRow(1);
          writer.text(text);
        }
        expect(readFields(writer.finish()).map(([field]) => field!.toString('utf8'))).toEqual(texts);
      }),
    );
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
