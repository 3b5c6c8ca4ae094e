import { MASK } from './mask.js';

/** Issuer ranges with their lengths (ISO/IEC 7812): Visa, Mastercard, American Express, Discover, JCB, Diners Club, UnionPay. */
const ISSUERS =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[689]\d)\d{11}|62\d{14,17})$/;

const DIGITS = /\d(?:[ +-]?\d){12,}/g;
const MAX_LENGTH = 19;

/** Whether digits are a payment card's number: an issuer's range and length, and the check digit of Luhn. */
export function isCardNumber(digits: string): boolean {
  return ISSUERS.test(digits) && passesLuhn(digits);
}

/** Text with every card number masked, whether its digits stand together or in groups. */
export function maskCardNumbers(text: string): string {
  return text.replace(DIGITS, (run) => {
    // Groups at even places, separators at odd ones.
    const parts = run.split(/([ +-])/);
    for (let start = 0; start < parts.length; start += 2) {
      const end = endOfCardNumber(parts, start);
      if (end !== null) parts.splice(start, end - start + 1, MASK);
    }
    return parts.join('');
  });
}

/** Place of the last group of the card number that begins with the group at `start`; null when none begins there. */
function endOfCardNumber(parts: readonly string[], start: number): number | null {
  let digits = '';
  for (let end = start; end < parts.length; end += 2) {
    digits += parts[end] ?? '';
    if (digits.length > MAX_LENGTH) return null;
    if (isCardNumber(digits)) return end;
  }
  return null;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 0x30;
    const weighted = index % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
