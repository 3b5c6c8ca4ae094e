import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { SERVICE_NAMES } from '../stack/gateway/routes.js';
import { findRootDir, type Platform, startPlatform } from './platform.js';

describe('the documents', () => {
  let database: TestDatabase;
  let platform: Platform;

  beforeAll(async () => {
    database = await startTestDatabase();
    platform = await startPlatform({ database });
  }, 120_000);
  afterAll(async () => {
    await platform?.stop();
    await database?.stop();
  }, 60_000);

  const committed = (name: string): unknown => JSON.parse(readFileSync(join(findRootDir(), 'apps', name, 'openapi.json'), 'utf8'));
  const read = async (url: string): Promise<string> => {
    const response = await fetch(url);
    expect([url, response.status]).toEqual([url, 200]);
    return response.text();
  };

  it.each(SERVICE_NAMES)('%s serves the committed one, and so does the gateway', async (name) => {
    expect(JSON.parse(await read(`${platform.urlOf(name)}/openapi.json`))).toEqual(committed(name));
    expect(JSON.parse(await read(`${platform.baseUrl}/openapi/${name}.json`))).toEqual(committed(name));
  });

  it.each(SERVICE_NAMES.flatMap((name) => [[name, 'itself'] as const, [name, 'the gateway'] as const]))(
    '%s has a page, from %s, that needs nothing from elsewhere',
    async (name, from) => {
      const page = from === 'itself' ? `${platform.urlOf(name)}/docs/` : `${platform.baseUrl}/docs/${name}/`;
      const response = await fetch(page);
      expect([response.status, response.headers.get('content-security-policy')]).toEqual([
        200,
        expect.stringContaining("default-src 'none'"),
      ]);
      const html = await response.text();
      const parts = [...html.matchAll(/\b(?:src|href)="([^"]+)"/g)].map((match) => new URL(match[1]!, page));
      expect(parts.length).toBeGreaterThan(2);
      expect(parts.filter((part) => part.origin !== new URL(page).origin)).toEqual([]);
      for (const part of parts) await read(part.href);
    },
  );

  it('are linked from one page of the gateway', async () => {
    const html = await read(`${platform.baseUrl}/docs`);
    for (const name of SERVICE_NAMES) expect(html).toContain(`href="/docs/${name}/"`);
  });
});
