import { describe, expect, it } from '@jest/globals';
import { ConfigError, baseConfig, integerVariable, parseConfig, secretVariable } from './config.js';

const GOOD = { PORT: '8081', DATABASE_URL: 'postgres://user:hunter2@db:5432/tallymark', TOKEN_SECRET: 'x'.repeat(32) };

function messageOf(environment: Record<string, string | undefined>): string {
  try {
    parseConfig(baseConfig, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error instanceof Error ? error.message : '';
  }
  throw new Error('the configuration was accepted');
}

describe('parseConfig', () => {
  it('fills in defaults, ignores what it does not know, and freezes', () => {
    const config = parseConfig(baseConfig, { ...GOOD, PATH: '/bin' });
    expect(config).toEqual({
      ...GOOD,
      PORT: 8081,
      HOST: '127.0.0.1',
      DATABASE_POOL_SIZE: 10,
      LOG_LEVEL: 'info',
      TRUST_PROXY: ['loopback'],
      SHUTDOWN_GRACE_MS: 10_000,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('tells all faults at once', () => {
    expect(
      messageOf({
        PORT: 'http',
        DATABASE_URL: 'mysql://root:hunter2@db/x',
        LOG_LEVEL: 'loud',
        DATABASE_POOL_SIZE: '',
        TOKEN_SECRET: 'short',
      }),
    ).toBe(
      [
        'The environment is not complete:',
        '  PORT: received "http"; expected a whole number from 0 to 65535',
        '  DATABASE_URL: received a value of 25 characters (not shown); expected a PostgreSQL URL, postgres://user:password@host:port/database',
        '  DATABASE_POOL_SIZE: received an empty value; expected a whole number from 1 to 1000',
        '  LOG_LEVEL: received "loud"; expected one of fatal, error, warn, info, debug, trace, silent',
        '  TOKEN_SECRET: received a value of 5 characters (not shown); expected a secret of at least 32 characters, which signs customer tokens and cursors',
        '',
      ].join('\n'),
    );
  });

  it('tells what is not set', () => {
    expect(messageOf({})).toContain('PORT: received nothing (not set); expected a whole number');
  });

  it.each(['65536', '-1', '1e3', ' 80', '80.5', '0x50', '٨٠'])('PORT=%s is refused', (PORT) => {
    expect(messageOf({ ...GOOD, PORT })).toContain(`PORT: received ${JSON.stringify(PORT)}`);
  });

  it.each([
    ['none', []],
    ['loopback', ['loopback']],
    ['uniquelocal, 203.0.113.7,2001:db8::/32', ['uniquelocal', '203.0.113.7', '2001:db8::/32']],
  ])('TRUST_PROXY=%s', (TRUST_PROXY, expected) => {
    expect(parseConfig(baseConfig, { ...GOOD, TRUST_PROXY }).TRUST_PROXY).toEqual(expected);
  });

  it.each(['', 'true', '*', '10.0.0.0/33', '2001:db8::/129', '10.0.0.0/8/8', '10.0.0', 'loopback,', 'gateway'])(
    'TRUST_PROXY=%s is refused',
    (TRUST_PROXY) => {
      expect(messageOf({ ...GOOD, TRUST_PROXY })).toContain('TRUST_PROXY: received');
    },
  );

  it('never shows a secret, declared or known by its name', () => {
    const schema = baseConfig.extend({
      OPERATOR_TOKEN: secretVariable('32 characters', { minLength: 32 }).optional(),
      SMTP_PASSWORD: integerVariable({ min: 1, max: 2 }),
    });
    const environment = { ...GOOD, DATABASE_URL: 'hunter2', TOKEN_SECRET: 'hunter2', OPERATOR_TOKEN: 'hunter2', SMTP_PASSWORD: 'hunter2' };
    expect(() => parseConfig(schema, environment)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
    expect(() => parseConfig(schema, environment)).toThrow(
      'OPERATOR_TOKEN: received a value of 7 characters (not shown); expected 32 characters',
    );
  });
});
