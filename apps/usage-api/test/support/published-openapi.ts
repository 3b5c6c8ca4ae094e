import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const SEEDS = new URL('../../../../../shared/seeds/', import.meta.url);

/** The OpenAPI document in the vendor's page whose name begins so; null where the pages were not handed along. */
export function readVendorOpenApi(namePrefix: string): object | null {
  const name = listSeeds().find((candidate) => candidate.startsWith(namePrefix));
  if (name === undefined) return null;
  const yaml = /````yaml[^\n]*\n([\s\S]*?)\n````/.exec(readFileSync(new URL(name, SEEDS), 'utf8'))?.[1];
  if (yaml === undefined) throw new Error(`${name} holds no OpenAPI document`);
  return parse(yaml) as object;
}

function listSeeds(): string[] {
  try {
    return readdirSync(SEEDS);
  } catch {
    return [];
  }
}

/** What a document says of GET. */
export interface DescribedRead {
  readonly security: unknown;
  readonly tags: readonly string[];
  readonly parameters: readonly { readonly name: string; readonly schema: { readonly example?: string } }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

/** @returns what our document says of GET, and its ways to present a credential. */
export function describedRead(document: object, path: string): DescribedRead & { readonly schemes: Readonly<Record<string, unknown>> } {
  const { paths, components } = document as {
    paths: Record<string, { get: DescribedRead }>;
    components: { securitySchemes: Record<string, unknown> };
  };
  return { ...paths[path]!.get, schemes: components.securitySchemes };
}

/** Where a document keeps the schema of an answer to GET. */
export function responseSchemaPath(path: string, status: number): string {
  const pointer = ['paths', path, 'get', 'responses', String(status), 'content', 'application/json', 'schema'];
  return pointer.map((segment) => `/${encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
}

/** What is wrong with a value by a schema of a document; nothing when it is valid. `pointer` is a JSON pointer, as in a URI. */
export function schemaErrors(document: object, pointer: string, value: unknown): string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
  const validate: ValidateFunction = ajv.compile({ $ref: `document#${pointer}` });
  validate(value);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}
