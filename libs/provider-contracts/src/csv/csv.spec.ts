import { describe, expect, it } from '@jest/globals';
import { decimal } from '@tallymark/domain';
import fc from 'fast-check';
import { type CsvCell, csvRow } from './csv.js';

describe('csvRow', () => {
  it.each<[string, CsvCell[], string]>([
    ['plain text', ['acme', 'eu-1'], 'acme,eu-1\r\n'],
    ['nothing', [null, '', null], ',,\r\n'],
    ['a comma, a quote and a line break', ['a,b', 'say "hi"', 'one\ntwo'], '"a,b","say ""hi""","one\ntwo"\r\n'],
    ['a formula', ['=HYPERLINK("http://x")'], `"'=HYPERLINK(""http://x"")"\r\n`],
    ['every start of a formula', ['=1', '+1', '-1', '@a', '\t1', '\r1'], `'=1,'+1,'-1,'@a,'\t1,"'\r1"\r\n`],
    ['a formula behind a space', [' =1'], '" =1"\r\n'],
    [
      'numbers, negative and beyond binary floats',
      [decimal('-1.5'), decimal('9007199254740993'), decimal('1e-20')],
      '-1.5,9007199254740993,0.00000000000000000001\r\n',
    ],
  ])('writes %s', (_name, cells, row) => {
    expect(csvRow(cells)).toBe(row);
  });

  it('can be read back, and no text cell begins a formula', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }), (texts) => {
        const cells = readRow(csvRow(texts));
        expect(cells.map((cell) => cell.replace(/^'(?=[=+\-@\t\r])/, ''))).toEqual(
          texts.map((text) => text.replace(/^'(?=[=+\-@\t\r])/, '')),
        );
        for (const cell of cells) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });
});

/** A reader of one record, as plain as RFC 4180. */
function readRow(row: string): string[] {
  const cells: string[] = [];
  let rest = row.slice(0, -2);
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(rest);
    const text = quoted ? quoted[1]!.replaceAll('""', '"') : /^[^,]*/.exec(rest)![0];
    cells.push(text);
    rest = rest.slice(quoted ? quoted[0].length : text.length);
    if (rest === '') return cells;
    rest = rest.slice(1);
  }
}
