import { describe, expect, it } from '@jest/globals';
import { loggableError } from './loggable-error.js';

const refused = (code: string, message: string): Error =>
  Object.assign(new Error(message), { severity: 'ERROR', code, hint: 'Look.', detail: 'canary', where: 'canary', parameters: ['canary'] });

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
    expect(loggable).toMatchObject({ code, severity: 'ERROR', message: logged, hint: 'Look.' });
    expect(loggable.stack?.startsWith(`Error: ${logged}\n    at `)).toBe(true);
    expect(JSON.stringify([loggable.message, loggable.stack, { ...loggable }])).not.toContain('canary');
  });

  it('says of what others wait for, and of no row that is read meanwhile', () => {
    const deadlock = {
      code: '40P01',
      severity: 'ERROR',
      hint: 'See server log for query details.',
      detail: 'Process 1 waits for ShareLock on transaction 2; blocked by process 3.',
      where: 'while updating tuple (0,1) in relation "usage_bucket"\nSQL statement "UPDATE usage_bucket"',
    };
    expect(loggableError(Object.assign(new Error('deadlock detected'), deadlock))).toMatchObject(deadlock);
    for (const [where, logged] of [
      ['COPY event, line 12: "canary\ncanary"', 'COPY event, line 12'],
      ['SQL statement "x"\nCOPY event, line 3, column data: "canary"', 'SQL statement "x"\nCOPY event, line 3'],
      ["unnamed portal with parameters: $1 = 'canary'", 'unnamed portal with parameters'],
      ["unnamed portal parameter $2 = 'canary'", 'unnamed portal parameter $2'],
    ])
      expect(loggableError(Object.assign(new Error('no room'), { ...deadlock, code: '53100', where }))).toMatchObject({ where: logged });
  });

  it('leaves out what the messages around it repeat of a value', () => {
    const refusals = ['"canary"', '"canary" and more, said of "canary"'].map((quoted) => refused('22P02', `invalid input: ${quoted}`));
    const failures = refusals.map((cause) => new Error(`subscription 1: ${cause.message}`, { cause }));
    const outer = new AggregateError(failures, `2 could not be closed; ${failures.map(({ message }) => message).join('; ')}`);
    const loggable = loggableError(outer) as AggregateError;
    expect(loggable).toBeInstanceOf(AggregateError);
    const told = 'subscription 1: invalid input: "[redacted]"';
    expect(loggable.message).toBe(`2 could not be closed; ${told}; ${told}`);
    expect(loggable.stack).toMatch(/^AggregateError: 2 could not be closed; [^\n]*\n +at /);
    const all = [loggable, ...(loggable.errors as Error[])].flatMap((error) => [error, error.cause as Error | undefined]);
    expect(all.map((error) => `${error?.message} ${error?.stack}`).join()).not.toContain('canary');
    expect(outer.message).toContain('canary');
  });

  it('says that it left something out', () => {
    const thrown = new Error('a job failed', { cause: { row: 'canary' } });
    expect(loggableError(thrown).cause).toBe('[left out: not an error]');
    const parts = loggableError(new AggregateError(['canary', thrown])) as AggregateError;
    expect(parts.errors).toEqual(['[left out: not an error]', expect.objectContaining({ cause: '[left out: not an error]' })]);
    let deep = new Error('the deepest');
    for (let depth = 0; depth < 9; depth++) deep = new Error('above', { cause: deep });
    let last: unknown = loggableError(deep);
    while (last instanceof Error) last = last.cause;
    expect(last).toBe('[left out: too deep]');
  });

  it('comes to an end where causes go in a circle', () => {
    const [first, second] = [new Error('first'), new Error('second')];
    [first.cause, second.cause] = [second, first];
    let depth = 0;
    for (let current: unknown = loggableError(first); current instanceof Error; current = current.cause) depth++;
    expect(depth).toBeLessThan(10);
  });
});
