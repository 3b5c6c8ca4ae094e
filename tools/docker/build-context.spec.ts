import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createContextFilter, listBuildContext } from './build-context.js';

const rootDir = join(import.meta.dirname, '../..');

describe('the build context', () => {
  const isSent = createContextFilter(readFileSync(join(rootDir, '.dockerignore'), 'utf8'));

  it.each([
    'package.json',
    'package-lock.json',
    '.npmrc',
    'tsconfig.base.json',
    'tools/package.json',
    'apps/ingest/package.json',
    'apps/ingest/src/main.ts',
    'apps/dashboard/index.html',
    'libs/persistence/src/migrations/1795100000000-create-catalogue.ts',
  ])('holds %s', (path) => expect(isSent(path)).toBe(true));

  it.each([
    '.git/config',
    '.ci/run',
    '.env',
    'docker/.env',
    'apps/ingest/.env',
    '.data/secrets.json',
    'node_modules/pg/index.js',
    'apps/ingest/node_modules/pg/index.js',
    'apps/ingest/dist/main.js',
    'libs/domain/.tsbuildinfo',
    'libs/domain/src/money.spec.ts',
    'libs/persistence/src/fold.int-spec.ts',
    'apps/ingest/test/post-events.e2e-spec.ts',
    'tools/stack/main.ts',
    'README.md',
    'nx.json',
  ])('lacks %s', (path) => expect(isSent(path)).toBe(false));

  it('holds every manifest that the lockfile speaks of', () => {
    const lock = JSON.parse(readFileSync(join(rootDir, 'package-lock.json'), 'utf8')) as { packages: Record<string, unknown> };
    const manifests = Object.keys(lock.packages)
      .filter((path) => path !== '' && !path.includes('node_modules'))
      .map((path) => `${path}/package.json`);
    expect(listBuildContext(rootDir)).toEqual(expect.arrayContaining(manifests));
  });
});
