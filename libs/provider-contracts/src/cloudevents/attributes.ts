import type { ErrorDetail } from '@tallymark/domain';
import { EVENT_LIMITS } from '@tallymark/domain';

/** Characters of a CloudEvents string: no control characters, no halves of surrogate pairs, no noncharacters (CloudEvents 1.0.2, 2.4). */
export const ATTRIBUTE_TEXT = /^[^\p{Cc}\p{Cs}\p{NChar}]*$/u;

/** Name of an attribute, extensions included: lower-case letters and digits (CloudEvents 1.0.2, 2.3). */
export const ATTRIBUTE_NAME = /^[a-z0-9]+$/;

const PCHAR = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
const AUTHORITY = `(?:${PCHAR}|[\\[\\]])*`;
const AFTER_SCHEME = `(?://${AUTHORITY}(?=[/?#]|$))?(?:${PCHAR}|/)*(?:\\?(?:${PCHAR}|[/?])*)?(?:#(?:${PCHAR}|[/?])*)?`;

/** URI reference by RFC 3986: ASCII, percent-encoded where needed, and no colon in the first segment of a relative path. */
export const URI_REFERENCE = new RegExp(`^(?:[A-Za-z][A-Za-z0-9+.-]*:|(?![^/?#]*:))${AFTER_SCHEME}$`);

/** URI by RFC 3986, which has a scheme. */
export const URI = new RegExp(`^[A-Za-z][A-Za-z0-9+.-]*:${AFTER_SCHEME}$`);

/** A part of {@link URI_REFERENCE} that holds nearly every source, and that is quick to match. */
const COMMON_URI_REFERENCE = /^(?:https?:\/\/|urn:)?[A-Za-z0-9._~/-]+$/;

/** {@link URI_REFERENCE}, quick for the common forms. */
export function isUriReference(text: string): boolean {
  return COMMON_URI_REFERENCE.test(text) || URI_REFERENCE.test(text);
}

/** A received value as it is quoted in an error: JSON, cut where it is long. */
export function quote(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}

/** What kind of JSON value was received, where the value itself is not for an error to show: it is payload, and may be long or secret. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Checks a required string attribute and reports what is wrong with it. */
export function checkRequiredText(name: string, value: unknown, errors: ErrorDetail[]): value is string {
  if (typeof value !== 'string') {
    const code = value === undefined || value === null ? 'required' : 'invalid_type';
    errors.push({ pointer: `/${name}`, code, message: `${name} is ${quote(value)}; expected a non-empty string` });
    return false;
  }
  if (value.length === 0) {
    errors.push({ pointer: `/${name}`, code: 'required', message: `${name} is ""; expected a non-empty string` });
    return false;
  }
  if (value.length > EVENT_LIMITS.attributeLength) {
    const message = `${name} is ${quote(value)}, ${value.length} characters long; expected at most ${EVENT_LIMITS.attributeLength}`;
    errors.push({ pointer: `/${name}`, code: 'too_long', message });
    return false;
  }
  if (!isAttributeText(value)) {
    const message = `${name} is ${quote(value)}; expected no control characters, noncharacters or halves of surrogate pairs`;
    errors.push({ pointer: `/${name}`, code: 'invalid_characters', message });
    return false;
  }
  return true;
}

/** {@link ATTRIBUTE_TEXT}, quick for printable ASCII, which is what nearly every attribute is. */
export function isAttributeText(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit > 0x7e) return ATTRIBUTE_TEXT.test(text);
  }
  return true;
}

/** Whether a value may be an extension attribute's in JSON: a string, a boolean, or an integer of 32 bits (CloudEvents JSON format, 2.2). */
export function isExtensionValue(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && value >= -2_147_483_648 && value <= 2_147_483_647;
  return value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean';
}

/** Checks an attribute that CloudEvents does not define itself. It is not kept; what is checked is that no name is misspelt. */
export function checkExtension(name: string, value: unknown, errors: ErrorDetail[]): void {
  if (!ATTRIBUTE_NAME.test(name)) {
    errors.push({
      pointer: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      code: 'invalid_name',
      message: `attribute name is ${quote(name)}; expected one of CloudEvents 1.0, or an extension's of lower-case letters and digits`,
    });
  } else if (!isExtensionValue(value)) {
    errors.push({
      pointer: `/${name}`,
      code: 'invalid_type',
      message: `extension ${name} is ${quote(value)}; expected a string, a boolean or an integer of 32 bits. What is measured belongs in data`,
    });
  }
}
