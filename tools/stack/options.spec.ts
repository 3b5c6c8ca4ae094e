import { describe, expect, it } from '@jest/globals';
import { parseStackOptions } from './options.js';

const DEFAULTS = { fresh: false, demo: true, port: 8080, dataDir: '/repo/.data', databaseUrl: undefined, demoDataDir: '/shared/data' };

describe('parseStackOptions', () => {
  it.each([
    ['nothing', [], {}, {}],
    ['--fresh', ['--fresh'], {}, { fresh: true }],
    ['--no-demo', ['--no-demo'], {}, { demo: false }],
    ['a port', [], { PORT: '9090' }, { port: 9090 }],
    ['empty variables', [], { PORT: '', DATA_DIR: '', DATABASE_URL: '', DEMO_DATA_DIR: '' }, {}],
    ['directories', [], { DATA_DIR: '/var/data', DEMO_DATA_DIR: 'input' }, { dataDir: '/var/data', demoDataDir: '/repo/input' }],
    ['a database', [], { DATABASE_URL: 'postgres://me:pw@db.example/usage' }, { databaseUrl: 'postgres://me:pw@db.example/usage' }],
  ])('reads %s', (_name, args, env, expected) => {
    expect(parseStackOptions(args, env, '/repo')).toEqual({ ...DEFAULTS, ...expected });
  });

  it.each([
    ['a port that is none', [], { PORT: '80800' }, 'PORT is "80800"; expected a whole number from 1 to 65535'],
    ['a database URL of another kind', [], { DATABASE_URL: 'mysql://me@db/usage' }, 'expected postgres://user:password@host:port/database'],
    [
      'a database URL without a database',
      [],
      { DATABASE_URL: 'postgres://me:secret@db' },
      'expected postgres://user:password@host:port/database',
    ],
    ['an option that is none', ['--frehs'], {}, '--frehs'],
    [
      '--fresh with a database of one’s own',
      ['--fresh'],
      { DATABASE_URL: 'postgres://me:pw@db.example/usage' },
      '--fresh deletes the embedded database alone',
    ],
  ])('refuses %s', (_name, args, env, message) => {
    expect(() => parseStackOptions(args, env, '/repo')).toThrow(message);
  });

  it('names everything wrong at once, and no password', () => {
    const parse = (): unknown => parseStackOptions([], { PORT: 'x', DATABASE_URL: 'mysql://me:hunter2@db/usage' }, '/repo');
    expect(parse).toThrow(/PORT.*\n.*DATABASE_URL/);
    expect(parse).not.toThrow(/hunter2/);
  });

  it('knows when help is wanted', () => {
    expect(parseStackOptions(['--help'], {}, '/repo')).toBeNull();
  });
});
