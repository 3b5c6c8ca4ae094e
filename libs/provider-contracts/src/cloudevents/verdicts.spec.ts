import { describe, expect, it } from '@jest/globals';
import type { EventVerdict } from '@tallymark/domain';
import { EVENT_VERDICTS } from '@tallymark/domain';
import fc from 'fast-check';
import { z } from 'zod';
import { EVENT_DIFFERENCES, eventsResponseSchema, readEventsResponse, renderEventsResponse } from './verdicts.js';
import type { EventOutcome } from './verdicts.js';

const outcome = (index: number, verdict: EventVerdict): EventOutcome => ({ index, id: `e${index}`, source: '/s', subject: 'c', verdict });

const outcomes: fc.Arbitrary<EventOutcome[]> = fc.array(
  fc.record(
    {
      index: fc.nat({ max: 999 }),
      id: fc.option(fc.string()),
      source: fc.option(fc.string()),
      subject: fc.option(fc.string()),
      verdict: fc.constantFrom(...EVENT_VERDICTS),
      differs: fc.subarray([...EVENT_DIFFERENCES]),
      code: fc.constantFrom('invalid_event', 'conflict'),
      message: fc.string(),
      errors: fc.array(fc.record({ pointer: fc.string(), code: fc.string(), message: fc.string() })),
    },
    { requiredKeys: ['index', 'id', 'source', 'subject', 'verdict'] },
  ),
  { maxLength: 5 },
);

describe('the answer to events', () => {
  it('counts what is kept, new or not', () => {
    const body = renderEventsResponse(
      (['stored', 'duplicate', 'conflict', 'rejected', 'stored'] as const).map((verdict, index) => outcome(index, verdict)),
    );
    expect(body.accepted).toBe(3);
  });

  it('leaves out what does not apply', () => {
    expect(JSON.stringify(renderEventsResponse([outcome(0, 'stored')]))).toBe(
      '{"accepted":1,"results":[{"index":0,"id":"e0","source":"/s","subject":"c","verdict":"stored"}]}',
    );
  });

  it('is read back as it was rendered', () => {
    fc.assert(
      fc.property(outcomes, (given) => {
        expect(readEventsResponse(JSON.parse(JSON.stringify(renderEventsResponse(given))))).toEqual(given);
      }),
    );
  });

  it('has examples that are valid', () => {
    const examples = (z.globalRegistry.get(eventsResponseSchema)?.examples ?? []) as unknown[];
    expect(examples.map((example) => eventsResponseSchema.parse(example))).toEqual(examples);
    expect(examples).toHaveLength(2);
  });
});
