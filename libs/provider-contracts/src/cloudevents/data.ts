import type { ErrorDetail } from '@tallymark/domain';
import { UNSTORABLE, unstorableText } from './json-text.js';
import { findUnstorable } from './json-value.js';

/**
 * What is wrong with an event's data, or null. The text decides; the parsed value is searched for the place only when something is wrong.
 *
 * @param data the parsed data, an object
 * @param dataJson its text as sent
 */
export function unstorableData(data: object, dataJson: string): ErrorDetail | null {
  const code = unstorableText(dataJson);
  if (code === null) return null;
  const found = findUnstorable(data);
  // What only the text shows (its size, a number that parsing turned into 0, a member that a later one of its name hides) is told of data as a whole.
  const pointer = found?.code === code ? `/data${found.pointer}` : '/data';
  return { pointer, code, message: `${pointer.slice(1)}: ${UNSTORABLE[code]}` };
}
