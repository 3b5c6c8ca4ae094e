import { DateFormatError, WindowError } from './errors.js';

/** A query parameter's text; null when absent. An empty one counts as absent in every contract. */
export function presentText(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

/** Reads a query parameter by a grammar; null when absent. @throws WindowError `invalid_format` that names the parameter. */
export function readParameter<T>(parameter: string, text: string | undefined, parse: (text: string) => T): T | null {
  const present = presentText(text);
  if (present === null) return null;
  try {
    return parse(present);
  } catch (error) {
    if (!(error instanceof DateFormatError)) throw error;
    throw new WindowError(
      'invalid_format',
      parameter,
      `${parameter}: received ${JSON.stringify(error.received)}; expected ${error.expected}`,
    );
  }
}

/** Reads a query parameter that is one of a list; the default when absent. @throws WindowError `invalid_choice` that names the parameter. */
export function readChoice<T extends string>(parameter: string, text: string | undefined, choices: readonly T[], defaultChoice: T): T {
  const present = presentText(text);
  if (present === null) return defaultChoice;
  const choice = choices.find((candidate) => candidate === present);
  if (choice === undefined)
    throw new WindowError(
      'invalid_choice',
      parameter,
      `${parameter}: received ${JSON.stringify(present)}; expected one of ${choices.join(', ')}`,
    );
  return choice;
}
