import { describe, expect, it } from '@jest/globals';
import { findCurlLines, findMarkedBlocks } from './shell-blocks.js';

describe('findMarkedBlocks', () => {
  it.each([
    ['a marked block', '<!-- smoke -->\n```sh\na\nb\n```\n', ['a\nb\n']],
    ['a named one', 'x\n\n<!-- smoke: count -->\n```sh\na\n```\n', ['a\n']],
    [
      'several, and not those without a mark',
      '```sh\nx\n```\n<!-- smoke -->\n```sh\na\n```\n\n<!-- smoke -->\n\n```bash\nb\n```',
      ['a\n', 'b\n'],
    ],
    ['none', 'no blocks', []],
    ['a mark without a block', '<!-- smoke -->\ntext\n```sh\nx\n```\n', []],
  ])('finds %s', (_name, markdown, expected) => {
    expect(findMarkedBlocks(markdown)).toEqual(expected);
  });
});

describe('findCurlLines', () => {
  it('takes whole lines alone', () => {
    expect(findCurlLines('  ✓ Services\n\ncurl -s a\n  try curl b\ncurl c\n')).toEqual(['curl -s a', 'curl c']);
  });
});
