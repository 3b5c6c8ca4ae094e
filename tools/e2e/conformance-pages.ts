import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findRootDir } from './platform.js';

/** The vendor's page whose name begins so, as it was handed along; null where it was not. */
export function readVendorPage(namePrefix: string): string | null {
  const folder = join(findRootDir(), '..', 'shared', 'seeds');
  const name = existsSync(folder) ? readdirSync(folder).find((candidate) => candidate.startsWith(namePrefix)) : undefined;
  return name === undefined ? null : readFileSync(join(folder, name), 'utf8');
}

/** The lines of a page between two headings, which stand alone on their lines. @throws Error when the page has no such part */
export function partOfPage(page: string, heading: string, next: string): string {
  const start = page.indexOf(`\n${heading}\n`);
  const end = page.indexOf(`\n${next}\n`, start + 1);
  if (start === -1 || end === -1) throw new Error(`the page has no part "${heading}" that ends before "${next}"`);
  return page.slice(start + heading.length + 2, end);
}
