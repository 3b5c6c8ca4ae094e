import { describe, expect, it } from '@jest/globals';
import { readOptions, UsageError } from './options.js';

const KNOWN = ['ingest-batch', 'fold', 'read'];

describe('readOptions', () => {
  it('takes every row at full size by default', () => {
    expect(readOptions([], KNOWN)).toEqual({
      names: KNOWN,
      scale: 1,
      jsonFile: undefined,
      markdown: false,
      profileDir: undefined,
      help: false,
    });
  });

  it.each([
    ['one row', ['fold'], { names: ['fold'] }],
    ['rows in the order of the table', ['read', 'ingest-batch'], { names: ['ingest-batch', 'read'] }],
    ['a scale', ['--scale', '0.1'], { scale: 0.1 }],
    ['a file', ['fold', '--json', 'figures.json'], { jsonFile: 'figures.json' }],
    ['Markdown', ['--markdown'], { markdown: true }],
    ['help', ['-h'], { help: true }],
  ])('reads %s', (_name, args, expected) => {
    expect(readOptions(args, KNOWN)).toMatchObject(expected);
  });

  it.each([
    [['reed'], 'there is no reed; expected some of ingest-batch, fold, read'],
    [['--scale', '2'], '--scale is 2; expected a number from 0.001 to 1'],
    [['--scale', 'big'], '--scale is big; expected a number from 0.001 to 1'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args, KNOWN)).toThrow(UsageError);
    expect(() => readOptions(args, KNOWN)).toThrow(message);
  });
});
