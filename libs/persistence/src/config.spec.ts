import { describe, expect, it } from '@jest/globals';
import { readMigrateConfig } from './config.js';

const complete = {
  ADMIN_DATABASE_URL: 'postgres://postgres:admin@db:5432/tallymark',
  TALLYMARK_OWNER_PASSWORD: 'owner-0123456789ab',
  TALLYMARK_INGEST_PASSWORD: 'ingest-0123456789ab',
  TALLYMARK_API_PASSWORD: 'api-0123456789abcd',
  TALLYMARK_CALC_PASSWORD: 'calc-0123456789abc',
};

function faultsOf(environment: Readonly<Record<string, string | undefined>>): string {
  try {
    readMigrateConfig(environment);
    return '';
  } catch (error) {
    return String(error);
  }
}

describe('readMigrateConfig', () => {
  it('reads the URL and the four passwords', () => {
    expect(readMigrateConfig(complete)).toEqual({
      adminUrl: 'postgres://postgres:admin@db:5432/tallymark',
      passwords: { owner: 'owner-0123456789ab', ingest: 'ingest-0123456789ab', api: 'api-0123456789abcd', calc: 'calc-0123456789abc' },
    });
  });

  it('names all that is missing at once', () => {
    for (const name of Object.keys(complete)) expect(faultsOf({})).toContain(`${name}: received nothing (not set); expected `);
  });

  it.each([
    ['no URL', 'ADMIN_DATABASE_URL', 'db:5432', 'a value of 7 characters (not shown)'],
    ['another kind of URL', 'ADMIN_DATABASE_URL', 'mysql://db/x', 'a value of 12 characters (not shown)'],
    ['an empty password', 'TALLYMARK_API_PASSWORD', '', 'an empty value'],
    ['a short password', 'TALLYMARK_API_PASSWORD', 'short', 'a value of 5 characters (not shown)'],
    ['a password that would break a URL', 'TALLYMARK_CALC_PASSWORD', 'a@b/c:d?e#f%g&h=i', 'a value of 17 characters (not shown)'],
  ])('refuses %s without showing it', (_name, variable, value, received) => {
    const faults = faultsOf({ ...complete, [variable]: value });
    expect(faults).toContain(`${variable}: received ${received}; expected `);
    expect(faults.split('\n')).toHaveLength(2);
    if (value !== '') expect(faults).not.toContain(value);
  });
});
