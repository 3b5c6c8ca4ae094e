import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { describeIssues } from './validation-issues.js';

const describeBody = (schema: z.ZodType, value: unknown): ReturnType<typeof describeIssues> =>
  describeIssues(schema.safeParse(value).error?.issues ?? [], { kind: 'body', value });

const price = z.union([
  z.object({ model: z.literal('flat'), amount: z.string() }),
  z.object({ model: z.literal('tiers'), tiers: z.array(z.object({ upTo: z.string() })) }),
]);

describe('describeIssues', () => {
  it.each([
    ['a missing member', z.object({ a: z.string() }), {}, [{ pointer: '/a', code: 'invalid_type', message: 'missing; expected string' }]],
    ['the whole body', z.object({}), 'text', [{ pointer: '', code: 'invalid_type', message: 'received "text"; expected object' }]],
    [
      'a pattern',
      z.object({ a: z.string().regex(/^x$/) }),
      { a: 'y' },
      [{ pointer: '/a', code: 'invalid_format', message: 'received "y"; invalid string: must match pattern /^x$/' }],
    ],
    [
      'a rule of our own',
      z.object({ a: z.string().refine(() => false, 'expected a time zone') }),
      { a: 'Mars' },
      [{ pointer: '/a', code: 'custom', message: 'received "Mars"; expected a time zone' }],
    ],
    [
      'the branch that came furthest',
      price,
      { model: 'tiers', tiers: [{ upTo: 1 }] },
      [{ pointer: '/tiers/0/upTo', code: 'invalid_type', message: 'received 1; expected string' }],
    ],
  ])('%s', (_, schema, value, expected) => {
    expect(describeBody(schema, value)).toEqual(expected);
  });

  it('quotes the beginning of what is nested too deeply to be written', () => {
    const nested: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    const [detail] = describeBody(z.object({ a: z.number() }), { a: nested });
    expect(detail).toMatchObject({ pointer: '/a', message: 'received [[…; expected number' });
  });

  it('cuts what it quotes and how much it says', () => {
    const [detail] = describeBody(z.object({ a: z.number() }), { a: 'x'.repeat(5_000) });
    expect(detail?.message.length).toBeLessThan(200);
    expect(
      describeBody(
        z.array(z.string()),
        Array.from({ length: 1_000 }, () => 1),
      ),
    ).toHaveLength(100);
    expect(describeBody(z.strictObject({}), Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [index, 1])))).toHaveLength(100);
  });

  it('makes a pointer that leads to the value, whatever the names', () => {
    fc.assert(
      // zod leaves `__proto__` out of records; Fastify refuses it before.
      fc.property(
        fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
        (name) => {
          const body = Object.fromEntries([[name, { '/~': 1 }]]);
          const [detail] = describeBody(z.record(z.string(), z.record(z.string(), z.string())), body);
          const path = (detail?.pointer ?? '')
            .slice(1)
            .split('/')
            .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
          expect(path).toEqual([name, '/~']);
        },
      ),
      { examples: [['a/b'], ['~1'], ['é']] },
    );
  });
});
