import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { type CursorContext, decodeCursor, encodeCursor } from './cursor.js';

const SECRET = 'a-secret-of-more-than-32-characters!';
const context: CursorContext = { organizationId: 'org-1', route: 'GET /platform/v1/events', filters: { type: 'call', subject: undefined } };
const position = z.object({ id: z.string() });

describe('cursors', () => {
  it('bring back any position', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        expect(decodeCursor(SECRET, context, encodeCursor(SECRET, context, { id }), position)).toEqual({ id });
      }),
    );
  });

  it('do not depend on the order of filters, nor on filters that are not set', () => {
    const cursor = encodeCursor(SECRET, { ...context, filters: { a: 1, b: 2 } }, { id: 'x' });
    expect(decodeCursor(SECRET, { ...context, filters: { b: 2, c: undefined, a: 1 } }, cursor, position)).toEqual({ id: 'x' });
  });

  const cursor = encodeCursor(SECRET, context, { id: 'x' });
  it.each([
    ['another organization', { ...context, organizationId: 'org-2' }, cursor],
    ['another route', { ...context, route: 'GET /platform/v1/meters' }, cursor],
    ['another filter', { ...context, filters: { type: 'other' } }, cursor],
    ['another position under the old seal', context, `${Buffer.from('{"id":"y"}').toString('base64url')}.${cursor.split('.')[1] ?? ''}`],
    ['a cut end', context, cursor.slice(0, -1)],
    ['a position of another form', context, encodeCursor(SECRET, context, { id: 1 })],
    ['no cursor at all', context, '42'],
  ])('are refused with %s', (_, used, received) => {
    expect(() => decodeCursor(SECRET, used, received, position)).toThrow(
      expect.objectContaining({ code: 'invalid_request', details: [expect.objectContaining({ parameter: 'cursor' })] }),
    );
  });

  it('are refused under another secret', () => {
    expect(() => decodeCursor(`${SECRET}!`, context, cursor, position)).toThrow('cursor: received');
  });
});
