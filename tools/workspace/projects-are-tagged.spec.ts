import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

interface Manifest {
  readonly workspaces?: readonly string[];
  readonly nx?: { readonly name?: string; readonly tags?: readonly string[]; readonly targets?: Readonly<Record<string, unknown>> };
}

const rootDir = join(import.meta.dirname, '..', '..');
const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(rootDir, folder, 'package.json'), 'utf8')) as Manifest;
const projects = manifestOf('.').workspaces!.flatMap((pattern) =>
  pattern.endsWith('/*')
    ? readdirSync(join(rootDir, pattern.slice(0, -2)))
        .map((name) => `${pattern.slice(0, -2)}/${name}`)
        .filter((folder) => existsSync(join(rootDir, folder, 'package.json')))
    : [pattern],
);

/** An untagged project escapes the boundaries, and one without targets escapes the checks. */
describe('every project', () => {
  it('is found', () => {
    expect(projects).toEqual(expect.arrayContaining(['apps/ingest', 'apps/usage-api', 'apps/billing-calc', 'libs/domain', 'tools']));
  });

  it.each(projects)('%s has one type and one scope', (folder) => {
    const tags = manifestOf(folder).nx?.tags ?? [];
    expect(tags.filter((tag) => tag.startsWith('type:'))).toEqual([
      expect.stringMatching(/^type:(domain|contract|infra|app|testing|tool)$/),
    ]);
    expect(tags.filter((tag) => tag.startsWith('scope:'))).toEqual([expect.stringMatching(/^scope:[a-z-]+$/)]);
    expect(tags).toHaveLength(2);
  });

  it.each(projects)('%s is linted and type-checked', (folder) => {
    expect(Object.keys(manifestOf(folder).nx?.targets ?? {})).toEqual(expect.arrayContaining(['lint', 'typecheck']));
  });

  it('says so itself: no project.json beside it says otherwise', () => {
    expect(projects.filter((folder) => existsSync(join(rootDir, folder, 'project.json')))).toEqual([]);
  });
});
