import { redactText, redactValue } from '@tallymark/provider-contracts';
import { isSafeNumber, parse } from 'lossless-json';
import { mayLoseDigits } from './lossless-json.js';

/**
 * The data of an event as they may be kept: every secret masked, and all else as it came, numbers to the last digit. The text itself where there
 * is nothing to mask, so that sending the same event again finds the same content.
 *
 * @param dataJson well-formed JSON
 */
export function redactDataJson(dataJson: string): string {
  return mayLoseDigits(dataJson) ? redactLossless(dataJson) : redactPlain(dataJson);
}

function redactPlain(dataJson: string): string {
  const value: unknown = JSON.parse(dataJson);
  const redacted = JSON.stringify(redactValue(value));
  return redacted === JSON.stringify(value) ? dataJson : redacted;
}

/** Numbers that a double can't hold step aside while secrets are looked for: each leaves a short text in its place. */
function redactLossless(dataJson: string): string {
  const mark = unusedCharacter(dataJson);
  const numbers: string[] = [];
  const setAside = (text: string): unknown => {
    if (isSafeNumber(text)) return Number(text);
    // A card number may have more digits than a double can hold; a fraction is none.
    const redacted = /^\d+$/.test(text) ? redactText(text) : text;
    return redacted === text ? `${mark}${numbers.push(text) - 1}${mark}` : redacted;
  };
  const value = parse(dataJson, null, setAside);
  return JSON.stringify(redactValue(value)).replace(
    new RegExp(`"${mark}(\\d+)${mark}"`, 'g'),
    (_, index: string) => numbers[Number(index)]!,
  );
}

/** A private-use character that the text holds neither itself nor as an escape. */
function unusedCharacter(text: string): string {
  const lowerCase = text.toLowerCase();
  let code = 0xe000;
  while (lowerCase.includes(String.fromCharCode(code)) || lowerCase.includes(`\\u${code.toString(16)}`)) code += 1;
  return String.fromCharCode(code);
}
