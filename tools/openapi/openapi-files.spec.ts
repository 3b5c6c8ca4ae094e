import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkDocument, findDifferences, writeDocument } from './openapi-files.js';

describe('findDifferences', () => {
  it.each([
    ['equal', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ['a changed value', { a: { b: 1 } }, { a: { b: 2 } }, ['/a/b: changed']],
    ['a new member', { a: {} }, { a: { b: 2 } }, ['/a/b: missing in the file']],
    ['a removed member', { a: { b: 2 } }, { a: {} }, ['/a/b: only in the file']],
    ['a shorter list', { a: [1, 2] }, { a: [1] }, ['/a/1: only in the file']],
    ['a path of the API as a member', { paths: { '/v1/a': 1 } }, { paths: {} }, ['/paths/~1v1~1a: only in the file']],
    ['text for an object', 'not json', { a: 1 }, [': changed']],
  ])('%s', (_name, kept, fresh, expected) => {
    expect(findDifferences(kept, fresh, '')).toEqual(expected);
  });
});

describe('the file', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'tallymark-openapi-')), 'openapi.json');

  it('is missed, written, left alone, and found stale', () => {
    expect(checkDocument(path, '{"a":1}\n')).toEqual(['there is no such file']);
    expect(writeDocument(path, '{"a":1}\n')).toBe('written');
    expect(writeDocument(path, '{"a":1}\n')).toBe('unchanged');
    expect(checkDocument(path, '{"a":1}\n')).toEqual([]);
    expect(checkDocument(path, '{"a":2}\n')).toEqual(['/a: changed']);
    writeFileSync(path, '{ "a": 1 }\n');
    expect(checkDocument(path, '{"a":1}\n')).toEqual(['the same content in another format']);
  });
});
