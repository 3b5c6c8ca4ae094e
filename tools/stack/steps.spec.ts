import { describe, expect, it } from '@jest/globals';
import { createSteps, formatDuration } from './steps.js';

describe('steps', () => {
  it.each([
    [0, '0 ms'],
    [84.4, '84 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [1_240, '1.2 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 0 s'],
    [72_000, '1 min 12 s'],
  ])('%d ms reads %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  async function run(isTTY: boolean, work: (note: (detail: string) => void) => string): Promise<string> {
    let written = '';
    let now = 0;
    const step = createSteps({ isTTY, write: (text) => (written += text) }, () => (now += 1_200));
    await step('Migrations', work).catch(() => undefined);
    return written.replaceAll(/ +/g, ' ');
  }

  it.each([
    ['a line when the work is done', false, (note: (detail: string) => void) => (note('4 ran'), ''), ' ✓ 1.2 s Migrations: 4 ran\n'],
    [
      'a line that fails',
      false,
      () => {
        throw new Error('no');
      },
      ' ✗ 1.2 s Migrations\n',
    ],
    ['on a terminal, at once and again', true, () => '', ' … Migrations\r\u001b[2K ✓ 1.2 s Migrations\n'],
  ])('prints %s', async (_name, isTTY, work, expected) => {
    expect(await run(isTTY, work)).toBe(expected);
  });
});
