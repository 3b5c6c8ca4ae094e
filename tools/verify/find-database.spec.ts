import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { calcUrl, findDatabase } from './find-database.js';

const secrets = { rolePasswords: { owner: 'o', ingest: 'i', api: 'a', calc: 'p/w' } };

describe('calcUrl', () => {
  it.each([
    ['an administrator’s URL, of a stack', 'postgres://admin:x@db:5433/usage', secrets, 'postgres://tallymark_calc:p%2Fw@db:5433/usage'],
    ['an administrator’s URL, without a stack', 'postgres://admin:x@db/usage', null, 'postgres://admin:x@db/usage'],
    ['a URL in the role itself', 'postgres://tallymark_calc:y@db/usage', secrets, 'postgres://tallymark_calc:y@db/usage'],
  ])('%s', (_name, url, kept, expected) => {
    expect(calcUrl(url, kept)).toBe(expected);
  });

  it('refuses what is no URL, and does not repeat it', () => {
    expect(() => calcUrl('secret', null)).toThrow(/^DATABASE_URL is not a URL; expected postgres:/);
  });
});

describe('findDatabase', () => {
  it('says where it looked when there is no platform', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tallymark-none-'));
    await expect(findDatabase({ databaseUrl: undefined, dataDir })).rejects.toThrow(`there is no platform in ${dataDir}`);
  });
});
