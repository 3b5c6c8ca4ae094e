/** A media type: `application/cloudevents+json; charset=utf-8` is type, subtype and one parameter. All in lower case but parameter values. */
export interface MediaType {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const TYPE = new RegExp(`^[ \\t]*(${TOKEN})/(${TOKEN})[ \\t]*`);
const PARAMETER = new RegExp(`;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?[ \\t]*`, 'y');

/**
 * Parses a content type by the grammar of RFC 9110, 8.3.1: parameters in any order, values quoted or not, empty parameters skipped.
 *
 * @returns null when the text is no media type, or names one parameter twice.
 */
export function parseMediaType(text: string): MediaType | null {
  const head = TYPE.exec(text);
  if (head === null) return null;
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = head[0].length;
  while (PARAMETER.lastIndex < text.length) {
    const match = PARAMETER.exec(text);
    if (match === null) return null;
    const [, name, plain, quoted] = match;
    if (name === undefined) continue;
    const key = name.toLowerCase();
    if (parameters.has(key)) return null;
    parameters.set(key, plain ?? (quoted ?? '').replace(/\\(.)/g, '$1'));
  }
  return { type: head[1]!.toLowerCase(), subtype: head[2]!.toLowerCase(), parameters };
}

/** Whether a media type is JSON: `application/json`, or any type with the suffix `+json` (RFC 6839). */
export function isJsonMediaType(mediaType: MediaType): boolean {
  return (mediaType.type === 'application' && mediaType.subtype === 'json') || mediaType.subtype.endsWith('+json');
}

/** Whether the media type's charset, if it states one, is UTF-8: the only one that JSON between systems may have (RFC 8259, 8.1). */
export function isUtf8(mediaType: MediaType): boolean {
  const charset = mediaType.parameters.get('charset')?.toLowerCase();
  return charset === undefined || charset === 'utf-8' || charset === 'utf8';
}
