import { describe, expect, it } from '@jest/globals';
import { loggableError } from './loggable-error.js';

const refused = (code: string, message: string): Error =>
  Object.assign(new Error(message), { severity: 'ERROR', code, detail: 'canary', where: 'canary', parameters: ['canary'] });

describe('loggableError', () => {
  it('leaves alone what the database has nothing to do with', () => {
    const error = Object.assign(new RangeError('out of range'), { code: 'ERR_OUT_OF_RANGE' });
    expect(loggableError(error)).toBe(error);
  });

  it.each([
    ['22P02', 'invalid input syntax for type numeric: "canary "x" canary"', 'invalid input syntax for type numeric: "[redacted]"'],
    ['23505', 'duplicate key value violates unique constraint "meter_code"', 'duplicate key value violates unique constraint "meter_code"'],
  ])('says of %s what failed, and of no value', (code, message, logged) => {
    const loggable = loggableError(refused(code, message));
    expect(loggable).toMatchObject({ code, severity: 'ERROR', message: logged });
    expect(loggable.stack?.startsWith(`Error: ${logged}\n    at `)).toBe(true);
    expect(JSON.stringify([loggable.message, loggable.stack, { ...loggable }])).not.toContain('canary');
  });

  it('comes to an end where causes go in a circle', () => {
    const [first, second] = [new Error('first'), new Error('second')];
    [first.cause, second.cause] = [second, first];
    let depth = 0;
    for (let current: unknown = loggableError(first); current instanceof Error; current = current.cause) depth++;
    expect(depth).toBeLessThan(10);
  });
});
