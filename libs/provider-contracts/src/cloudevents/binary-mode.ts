import type { ErrorDetail, UsageEvent } from '@tallymark/domain';
import { quote } from './attributes.js';
import { withoutSource } from './json-fault.js';

/** Headers as an HTTP server parses them: a list where a name was repeated. */
export type EventHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What {@link readBinaryMode} hands to the event parser, or why the request holds no event. */
export type BinaryModeResult =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>>; readonly dataJson: string | null }
  | { readonly ok: false; readonly errors: readonly ErrorDetail[] };

/** An HTTP request that carries one event in binary mode. */
export interface BinaryModeMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const PREFIX = 'ce-';
/** Members of the JSON form that have no `ce-` header: the content type and the body carry them. */
const NO_HEADERS = new Set(['data', 'data_base64', 'datacontenttype']);

/** Whether a request in binary mode is what its headers announce: `ce-specversion` is there. */
export function hasEventHeaders(headers: EventHeaders): boolean {
  return Object.entries(headers).some(([name, value]) => name.toLowerCase() === 'ce-specversion' && value !== undefined);
}

/**
 * Reads an event in binary mode (CloudEvents HTTP binding 1.0.2, 3.1): attributes in `ce-` headers, `data` in the body, its type in
 * `content-type`. Header values are unquoted, then percent-decoded once. What comes out has the form of a structured event and is not
 * checked yet. An empty body is an event without data.
 */
export function readBinaryMode(headers: EventHeaders, bodyText: string): BinaryModeResult {
  const errors: ErrorDetail[] = [];
  const attributes = new Map<string, unknown>();
  for (const [header, value] of Object.entries(headers)) {
    const name = attributeName(header);
    if (name === null || value === undefined) continue;
    if (typeof value !== 'string' || attributes.has(name)) {
      errors.push({ parameter: header, code: 'duplicate', message: `header ${header} is there more than once; expected one` });
    } else if (NO_HEADERS.has(header.toLowerCase().slice(PREFIX.length))) {
      errors.push({
        parameter: header,
        code: 'unsupported',
        message: `header ${header} is there; expected data in the body and its type in content-type`,
      });
    } else {
      const text = name === 'datacontenttype' ? value : decodeHeaderValue(value);
      if (text === null) {
        const message = `header ${header} is ${quote(value)}; expected printable ASCII, all other characters percent-encoded as UTF-8`;
        errors.push({ parameter: header, code: 'invalid_format', message });
      } else {
        attributes.set(name, text);
      }
    }
  }
  const body = readBody(bodyText, errors);
  if (errors.length > 0) return { ok: false, errors };
  if (body !== undefined) attributes.set('data', body);
  return { ok: true, value: Object.fromEntries(attributes), dataJson: body === undefined ? null : bodyText };
}

/** An event in binary mode: the reverse of {@link readBinaryMode}. */
export function renderBinaryMode(event: UsageEvent): BinaryModeMessage {
  const { id, source, type, subject, time, dataJson } = event;
  const attributes = { specversion: '1.0', id, source, type, subject, ...(time === null ? {} : { time }) };
  const headers = Object.entries(attributes).map(([name, value]) => [`${PREFIX}${name}`, encodeHeaderValue(value)] as const);
  return {
    headers: { ...Object.fromEntries(headers), ...(dataJson === null ? {} : { 'content-type': 'application/json' }) },
    body: dataJson ?? '',
  };
}

function attributeName(header: string): string | null {
  const name = header.toLowerCase();
  if (name === 'content-type') return 'datacontenttype';
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : null;
}

/** Characters that the binding encodes: all but printable ASCII, and of that space, quote and percent. */
function encodeHeaderValue(text: string): string {
  return text.replace(/[^\x21\x23\x24\x26-\x7e]+/gu, encodeURIComponent);
}

/** The text of a header value; null when it is not ASCII or its percent-encoding is broken. */
function decodeHeaderValue(value: string): string | null {
  if (!/^[\x20-\x7e]*$/.test(value)) return null;
  const unquoted = value.replace(/"((?:[^"\\]|\\.)*)"/g, (_quoted, inner: string) => inner.replace(/\\(.)/g, '$1'));
  try {
    return decodeURIComponent(unquoted);
  } catch {
    return null;
  }
}

function readBody(bodyText: string, errors: ErrorDetail[]): unknown {
  if (bodyText.trim() === '') return undefined;
  try {
    return JSON.parse(bodyText);
  } catch (error) {
    errors.push({ pointer: '/data', code: 'invalid_format', message: `body is not JSON: ${withoutSource((error as Error).message)}` });
    return undefined;
  }
}
