import { normalizeEventTime } from '@tallymark/date-window';
import { EVENT_LIMITS } from '@tallymark/domain';
import { z } from 'zod';
import { ATTRIBUTE_NAME, ATTRIBUTE_TEXT, URI, URI_REFERENCE, isExtensionValue } from './attributes.js';
import { UNSTORABLE } from './json-text.js';
import { findUnstorable } from './json-value.js';
import { isJsonContentType } from './parse-event.js';

const DEFINED = new Set(['id', 'source', 'specversion', 'type', 'subject', 'time', 'datacontenttype', 'dataschema', 'data', 'data_base64']);

const requiredText = z
  .string()
  .min(1)
  .max(EVENT_LIMITS.attributeLength)
  .refine((text) => ATTRIBUTE_TEXT.test(text), { error: 'expected no control characters, noncharacters or halves of surrogate pairs' })
  // For the document alone: the part of the rule that every regular expression dialect can say.
  .meta({ pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]+$' });

/**
 * One event as the API documents it: the counterpart of the hand-written parser, which alone runs on the hot path.
 * Knows nothing of what depends on the clock, nor of what only the text of the request shows (bytes, digits that parsing lost).
 */
export const cloudEventSchema = z
  .object({
    id: requiredText.describe('Unique within subject and source; a repeated event is recognised by it'),
    source: requiredText
      .refine((text) => URI_REFERENCE.test(text), { error: 'expected a URI reference (RFC 3986)' })
      .meta({ format: 'uri-reference', description: 'Who sends: URI reference of the sending service' }),
    specversion: z.literal('1.0'),
    type: requiredText.describe('What happened; meters pick their events by it'),
    subject: requiredText.describe('Who used: one of the subjects of a customer'),
    time: z
      .string()
      .refine(isEventTime, { error: 'expected an RFC 3339 date-time with offset' })
      .nullish()
      .meta({
        format: 'date-time',
        description: `When it happened, RFC 3339 with offset, kept to the microsecond; at most ${EVENT_LIMITS.futureSkewSeconds} s ahead. Absent: when it was received`,
      }),
    datacontenttype: z
      .string()
      .refine(isJsonContentType, { error: 'expected application/json, or a type that ends in +json' })
      .nullish()
      .describe('application/json or a type that ends in +json'),
    dataschema: z
      .string()
      .refine((text) => URI.test(text), { error: 'expected an absolute URI (RFC 3986)' })
      .nullish()
      .meta({ format: 'uri', description: 'Checked, not kept' }),
    data: z
      .looseObject({})
      .superRefine((data, context) => {
        const found = findUnstorable(data);
        if (found !== null) context.addIssue({ code: 'custom', message: `${found.pointer}: ${UNSTORABLE[found.code]}` });
      })
      .nullish()
      .describe(`What is measured: a JSON object of at most ${EVENT_LIMITS.dataBytes} bytes. Numbers are kept digit by digit`),
  })
  .catchall(z.unknown())
  .superRefine((event, context) => {
    for (const [name, value] of Object.entries(event)) {
      if (DEFINED.has(name)) continue;
      if (!ATTRIBUTE_NAME.test(name))
        context.addIssue({ code: 'custom', path: [name], message: 'expected a name of lower-case letters and digits' });
      else if (!isExtensionValue(value))
        context.addIssue({ code: 'custom', path: [name], message: 'expected a string, a boolean or an integer' });
    }
    if (event['data_base64'] !== undefined && event['data_base64'] !== null) {
      context.addIssue({ code: 'custom', path: ['data_base64'], message: 'expected the data as a JSON object in "data"' });
    }
  })
  .meta({
    id: 'CloudEvent',
    description:
      'A usage event: CloudEvents 1.0 in JSON. Identity is subject, source and id. Extension attributes are checked and not kept.',
    examples: [
      {
        specversion: '1.0',
        id: '018f3c1e-7d64-7b8e-9c55-3f1de0a1b2c3',
        source: '/gateway',
        type: 'llm.completion',
        subject: 'acme-ai',
        time: '2026-11-21T10:00:00.123Z',
        data: { model: 'small', tokens: 512 },
      },
    ],
  });

/** Several events in one request, at most `EVENT_LIMITS.eventsPerRequest`. */
export const cloudEventBatchSchema = z.array(cloudEventSchema).min(1).max(EVENT_LIMITS.eventsPerRequest).meta({ id: 'CloudEventBatch' });

function isEventTime(text: string): boolean {
  try {
    normalizeEventTime(text);
    return true;
  } catch {
    return false;
  }
}
