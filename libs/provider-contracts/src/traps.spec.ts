import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const LIBRARY = join(import.meta.dirname, '..');
const ROOT = join(LIBRARY, '..', '..');
/** How many numbered traps each contract has, by its section. */
const COUNTS: Readonly<Record<string, number>> = { '6.1': 12, '6.2': 12, '6.3': 9, '6.4': 13, '6.5': 16 };

/** Trap → spec files, from the table in the README. */
const TABLE = [...readFileSync(join(LIBRARY, 'README.md'), 'utf8').matchAll(/^\| (6\.\d(?:\.\d+)?) +\| [^|]* \| ([^|]*) \|$/gm)].map(
  ([, trap = '', files = '']) => [trap, [...files.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file)] as const,
);

/** Whether the name of a test or of a group of them bears the number. */
function isTested(file: string, trap: string): boolean {
  const names = readFileSync(join(ROOT, file), 'utf8').match(/(['"`])(?:(?!\1)[^\\\n]|\\.)*\1/g) ?? [];
  return names.some((name) =>
    name
      .slice(1)
      .split(/[\s,]+/)
      .includes(trap),
  );
}

describe('the table of traps', () => {
  it('has every one of them', () => {
    const numbered = Object.entries(COUNTS).flatMap(([section, count]) =>
      Array.from({ length: count }, (_, index) => `${section}.${index + 1}`),
    );
    expect(TABLE.map(([trap]) => trap)).toEqual([...numbered, '6.6']);
  });

  it.each(TABLE)('%s is tested where it says', (trap, files) => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !isTested(file, trap))).toEqual([]);
  });
});
