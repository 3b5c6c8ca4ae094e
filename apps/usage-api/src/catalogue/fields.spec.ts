import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { currency, timestamp } from './fields.js';

function messagesOf(schema: z.ZodType, value: unknown): string[] {
  return schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];
}

describe('a currency', () => {
  const FORM = 'expected three upper-case letters (ISO 4217), such as "USD"';
  const IN_USE = 'expected the ISO 4217 code of a currency that is in use, such as "USD"';
  it.each([
    ['USD', []],
    ['KWD', []],
    ['XXZ', [IN_USE]],
    ['HRK', [IN_USE]],
    ['Euro', [FORM]],
    ['usd', [FORM]],
  ])('%s: %j', (value, messages) => {
    expect(messagesOf(currency, value)).toEqual(messages);
  });
});

describe('a timestamp', () => {
  const EXPECTED = 'expected an RFC 3339 date-time from 2000 to 2099, such as "2026-01-31T00:00:00Z"';
  const HINT = `${EXPECTED}; write + as %2B in a query`;
  it.each([
    ['2026-11-01T00:00:00Z', []],
    ['2026-11-01T00:00:00+02:00', []],
    ['2026-11-01T00:00:00 02:00', [HINT]],
    ['2026-11-01t00:00:00.5 05:30', [HINT]],
    ['2026-11-01 02:00', [EXPECTED]],
    ['2026-11-01T00:00:00', [EXPECTED]],
    ['1999-11-01T00:00:00Z', [EXPECTED]],
  ])('%s: %j', (value, messages) => {
    expect(messagesOf(timestamp, value)).toEqual(messages);
  });
});
