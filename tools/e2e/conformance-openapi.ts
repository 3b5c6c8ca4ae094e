import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { readVendorPage } from './conformance-pages.js';

/** The OpenAPI document in a vendor's page; null where the pages were not handed along. */
export function readVendorOpenApi(namePrefix: string): object | null {
  const page = readVendorPage(namePrefix);
  if (page === null) return null;
  const yaml = /````yaml[^\n]*\n([\s\S]*?)\n````/.exec(page)?.[1];
  if (yaml === undefined) throw new Error(`the page ${namePrefix} holds no OpenAPI document`);
  return parse(yaml) as object;
}

/**
 * What is wrong with an answer to GET by a document; nothing when it is valid. An answer whose path or status the document does not tell of
 * is wrong too. `path` is as the document writes it.
 */
export function findResponseErrors(document: object, path: string, answer: { readonly status: number; readonly body: unknown }): string[] {
  const segments = ['paths', path, 'get', 'responses', String(answer.status), 'content', 'application/json', 'schema'];
  let place: readonly string[] = [];
  for (const segment of segments) {
    place = followReference(document, [...place, segment]);
    if (valueAt(document, place) === undefined) return [`the document has no ${segment} in ${segments.join(' > ')}`];
  }
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
  const pointer = place.map((segment) => `/${encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
  const validate = ajv.compile({ $ref: `document#${pointer}` });
  validate(answer.body);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}

/** Where the value at a place really stands: there, or where a `$ref` within the document says. */
function followReference(document: object, place: readonly string[]): readonly string[] {
  const reference = valueAt(valueAt(document, place), ['$ref']);
  if (typeof reference !== 'string') return place;
  const segments = reference.replace(/^#\//, '').split('/');
  return followReference(
    document,
    segments.map((segment) => decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~')),
  );
}

function valueAt(value: unknown, place: readonly string[]): unknown {
  return place.reduce<unknown>((found, segment) => (found as Readonly<Record<string, unknown>> | undefined)?.[segment], value);
}
