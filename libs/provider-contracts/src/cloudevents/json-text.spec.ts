import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unstorableText } from './json-text.js';
import { findUnstorable } from './json-value.js';

describe('unstorableText', () => {
  it.each([
    ['{}', null],
    ['{"a":"\\\\u0000"}', null],
    ['{"a":"\\\\\\u0000"}', 'nul_character'],
    ['{"a":"\\ud83d\\ude00 😀 \\u00e9"}', null],
    ['{"a":"\\ud83d\\u0041"}', 'lone_surrogate'],
    ['{"a":"\\ude00\\ud83d"}', 'lone_surrogate'],
    ['{"a":"\\uD83Dx"}', 'lone_surrogate'],
    [`{"a":"\ud83d"}`, 'lone_surrogate'],
    [`{"a":"\ude00"}`, 'lone_surrogate'],
    ['{"a":"[[[{{{ 1e999 \\" [[["}', null],
    [`${'['.repeat(32)}${']'.repeat(32)}`, null],
    [`${'['.repeat(33)}${']'.repeat(33)}`, 'too_deep'],
    [`[${'[],'.repeat(100)}[]]`, null],
    ['[1.7976931348623157e308, -1.7976931348623157e+308, 5e-324, 0e999, 0.00e-999]', null],
    ['[1e309]', 'number_out_of_range'],
    ['[-1E309]', 'number_out_of_range'],
    ['[1e-330]', 'number_out_of_range'],
    [`[${'9'.repeat(308)}]`, null],
    [`[${'9'.repeat(310)}]`, 'number_out_of_range'],
    [`[0.${'3'.repeat(398)}]`, null],
    [`[0.${'3'.repeat(399)}]`, 'number_out_of_range'],
    [JSON.stringify('x'.repeat(65_534)), null],
    [JSON.stringify('x'.repeat(65_535)), 'too_large'],
    [JSON.stringify('😀'.repeat(16_383)), null],
    [JSON.stringify('😀'.repeat(16_384)), 'too_large'],
    [JSON.stringify('é'.repeat(32_767)), null],
    [JSON.stringify('é'.repeat(32_768)), 'too_large'],
  ])('%.60s: %s', (text, expected) => {
    expect(unstorableText(text)).toBe(expected);
  });

  it('agrees with the search of the parsed value', () => {
    const texts = fc
      .array(fc.constantFrom('a', '"', '\\', '\u0000', '\ud83d', '\ude00', '😀', 'u0000', '['), { maxLength: 5 })
      .map((parts) => parts.join(''));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        texts,
        fc.double({ noDefaultInfinity: true, noNaN: true }),
        fc.array(tie('tree')),
        fc.dictionary(texts, tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.boolean(), (value, isEscaped) => {
        const json = JSON.stringify(value);
        const text = isEscaped ? json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`) : json;
        expect(unstorableText(text) === null).toBe(findUnstorable(JSON.parse(text)) === null);
      }),
      { numRuns: 500 },
    );
  });
});
