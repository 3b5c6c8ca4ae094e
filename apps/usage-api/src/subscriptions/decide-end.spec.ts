import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@tallymark/domain';
import { decideEnd } from './decide-end.js';

const START = new Date('2026-01-01T00:00:00Z');
const NOW = new Date('2026-03-01T00:00:00Z');
const END = new Date('2026-02-01T00:00:00Z');

function outcome(endedAt: Date | null, requested: Date | null, now = NOW, closedUntil: Date | null = null): string {
  try {
    return decideEnd({ startedAt: START, endedAt }, requested, { closedUntil, now })?.toISOString() ?? 'as it is';
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.code;
  }
}

describe('decideEnd', () => {
  it.each([
    { case: 'now when no end is named', endedAt: null, requested: null, expected: NOW.toISOString() },
    { case: 'the named end', endedAt: null, requested: END, expected: END.toISOString() },
    { case: 'nothing when it has that end', endedAt: END, requested: END, expected: 'as it is' },
    { case: 'nothing when it has an end and none is named', endedAt: END, requested: null, expected: 'as it is' },
    { case: 'no second end', endedAt: END, requested: NOW, expected: 'conflict' },
    { case: 'no end at the start', endedAt: null, requested: START, expected: 'unprocessable' },
  ])('$case', ({ endedAt, requested, expected }) => {
    expect(outcome(endedAt, requested)).toBe(expected);
  });

  it.each([
    ['not inside', '2026-02-01T00:00:00.001Z', 'unprocessable'],
    ['at the end of', '2026-02-01T00:00:00.000Z', END.toISOString()],
  ])('ends it %s a closed statement', (_name, closedUntil, expected) => {
    expect(outcome(null, END, NOW, new Date(closedUntil))).toBe(expected);
  });

  it('does not end now what starts later', () => {
    expect(outcome(null, null, new Date('2025-12-31T00:00:00Z'))).toBe('unprocessable');
  });
});
