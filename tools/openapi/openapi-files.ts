import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const MOST_DIFFERENCES = 10;

/** Writes the document when it is another one than before. @returns what happened. */
export function writeDocument(path: string, text: string): 'unchanged' | 'written' {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return 'unchanged';
  writeFileSync(path, text);
  return 'written';
}

/** How the file differs from the document: up to ten places, by path; empty when it does not. */
export function checkDocument(path: string, text: string): string[] {
  if (!existsSync(path)) return ['there is no such file'];
  const kept = readFileSync(path, 'utf8');
  if (kept === text) return [];
  const places = findDifferences(parse(kept), parse(text), '');
  return places.length === 0 ? ['the same content in another format'] : places.slice(0, MOST_DIFFERENCES);
}

/** Paths at which two JSON values differ; members that one of them lacks are named as such. */
export function findDifferences(kept: unknown, fresh: unknown, path: string): string[] {
  if (isObject(kept) && isObject(fresh)) {
    const members = [...new Set([...Object.keys(kept), ...Object.keys(fresh)])];
    return members.flatMap((member) => {
      const below = `${path}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (!(member in kept)) return [`${below}: missing in the file`];
      if (!(member in fresh)) return [`${below}: only in the file`];
      return findDifferences(kept[member], fresh[member], below);
    });
  }
  return JSON.stringify(kept) === JSON.stringify(fresh) ? [] : [`${path}: changed`];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
