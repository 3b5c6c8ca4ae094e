import { LosslessNumber, parse, stringify } from 'lossless-json';

/** A number token that a double may not hold: sixteen digits or more, or an exponent. It may match inside a string, which only costs time. */
const DOUBTFUL_NUMBER = /[[:,\s]-?(?:\d[\d.]{15}|[\d.]+[eE])/;

/** Whether JSON text may hold a number that loses digits as a double. Says yes too often rather than too seldom. */
export function mayLoseDigits(text: string): boolean {
  return DOUBTFUL_NUMBER.test(text);
}

/** JSON text, parsed, with the way to turn any part of it back into text. */
export interface JsonDocument {
  readonly value: unknown;
  /** The text of a part, with every digit of its numbers. */
  textOf(part: unknown): string;
}

/**
 * Parses JSON so that no number loses a digit on its way into the log: the engine's own parser where doubles hold all that is there, a slower
 * lossless one where they may not.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): JsonDocument {
  if (!mayLoseDigits(text)) return { value: JSON.parse(text), textOf: (part) => JSON.stringify(part) };
  return { value: parse(text), textOf: (part) => stringify(part) ?? 'null' };
}

/** Numbers outside `data` are attributes; there a lossless number is an ordinary one. */
export function plainAttributes(event: unknown): unknown {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return event instanceof LosslessNumber ? event.valueOf() : event;
  // Nearly every event has none, and then is what it should be: copying each would cost as much as parsing it.
  if (!hasLosslessAttribute(event)) return event;
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => [name, name !== 'data' && value instanceof LosslessNumber ? value.valueOf() : value]),
  );
}

function hasLosslessAttribute(event: object): boolean {
  for (const name in event) {
    if (name !== 'data' && (event as Record<string, unknown>)[name] instanceof LosslessNumber) return true;
  }
  return false;
}
