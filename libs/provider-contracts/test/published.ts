import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const SHARED = new URL('../../../../shared/', import.meta.url);

/** Text of the first file of a folder beside the repository whose name begins so; null where the folder was not handed along. */
export function readPublished(folder: string, namePrefix: string): string | null {
  try {
    const directory = new URL(`${folder}/`, SHARED);
    const name = readdirSync(directory).find((candidate) => candidate.startsWith(namePrefix));
    return name === undefined ? null : readFileSync(new URL(name, directory), 'utf8');
  } catch {
    return null;
  }
}

/** The OpenAPI document inside a published page. */
export function openApiOf(page: string): Record<string, unknown> {
  const yaml = /````yaml[^\n]*\n([\s\S]*?)\n````/.exec(page)?.[1];
  if (yaml === undefined) throw new Error('the page holds no OpenAPI document');
  return parse(yaml) as Record<string, unknown>;
}

/** Checks values against a component schema of an OpenAPI document. */
export function validatorOf(document: object, component: string): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
  return ajv.compile({ $ref: `document#/components/schemas/${component}` });
}

/** The errors of a value; none when it is valid. */
export function errorsOf(validate: ValidateFunction, value: unknown): string[] {
  validate(value);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}

/** Examples of an operation's 200 answer in an OpenAPI fragment. */
export function examplesOf(fragment: { readonly paths: Readonly<Record<string, unknown>> }, path: string): unknown[] {
  const item = fragment.paths[path] as {
    get: { responses: { '200': { content: Record<string, { examples: Record<string, { value: unknown }> }> } } };
  };
  return Object.values(item.get.responses['200'].content['application/json']!.examples).map((example) => example.value);
}
