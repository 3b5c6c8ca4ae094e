import { describe, expect, it } from '@jest/globals';
import { copyField } from './copy-text.js';

describe('copyField', () => {
  it.each([
    [null, '\\N'],
    ['', ''],
    ['plain', 'plain'],
    ['\\N', '\\\\N'],
    ['a\tb\nc\rd\\e', 'a\\tb\\nc\\rd\\\\e'],
    ['{"text":"say \\"hi\\""}', '{"text":"say \\\\"hi\\\\""}'],
  ])('writes %j as %j', (value, field) => {
    expect(copyField(value)).toBe(field);
  });
});
