import { describe, expect, it } from '@jest/globals';
import { isDependencyFailure } from './dependency-failure.js';

const withCode = (code: string, message = 'failed'): Error => Object.assign(new Error(message), { code });

describe('isDependencyFailure', () => {
  it.each([
    ['a refused connection', withCode('ECONNREFUSED')],
    ['several refused addresses', new AggregateError([withCode('ECONNREFUSED')], 'all refused')],
    ['an administrator’s shutdown', withCode('57P01')],
    ['a start-up', withCode('57P03')],
    ['a broken connection', withCode('08006')],
    ['too many connections', withCode('53300')],
    ['a deadlock', withCode('40P01')],
    ['a full pool', new Error('timeout exceeded when trying to connect')],
    ['a cut connection', new Error('Connection terminated unexpectedly')],
    ['a cause', new Error('outer', { cause: new Error('inner', { cause: withCode('ECONNRESET') }) })],
    ['an error of the driver', Object.assign(new Error('query failed'), { driverError: withCode('57P02') })],
  ])('%s passes if one tries again', (_, error) => {
    expect(isDependencyFailure(error)).toBe(true);
  });

  it.each([
    ['a unique violation', withCode('23505')],
    ['a syntax error', withCode('42601')],
    ['a file that is missing', withCode('ENOENT')],
    ['a mistake', new TypeError('x is not a function')],
    ['text', 'ECONNREFUSED'],
    ['nothing', undefined],
  ])('%s does not', (_, error) => {
    expect(isDependencyFailure(error)).toBe(false);
  });

  it('ends on causes that go round', () => {
    const error = new Error('round');
    error.cause = error;
    expect(isDependencyFailure(error)).toBe(false);
  });
});
