import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { OpenApiFragment } from '@tallymark/provider-contracts';

type QueryOptions = Parameters<typeof ApiQuery>[0];
type ResponseOptions = Parameters<typeof ApiResponse>[0];

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly schema: object;
  readonly example?: unknown;
}

/** An operation as the fragments of `@tallymark/provider-contracts` write it. */
interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly Parameter[];
  readonly responses: Readonly<Record<string, object>>;
}

/**
 * Documents a GET route by the contract's own OpenAPI, so that it is described once: parameters, answers, errors and examples. The security scheme
 * follows from `@AllowSchemes`.
 *
 * @param path the operation in `fragment`, `{parameter}` for each variable
 * @param note appended to the operation's description
 */
export function DescribeContract(fragment: OpenApiFragment, path: string, note = ''): MethodDecorator {
  const { get } = fragment.paths[path] as { readonly get: Operation };
  const { summary, description = '', parameters, responses } = inlineSchemas(get, fragment) as Operation;
  // On the controller: where that has no tag of its own, Nest adds its name to those of the method.
  const tagController: MethodDecorator = (prototype) => {
    ApiTags('Contracts')(prototype.constructor);
  };
  return applyDecorators(
    tagController,
    ApiOperation({ summary, description: `${description} ${note}`.trim() }),
    ...parameters
      .map(withExample)
      .map((parameter) => (parameter.in === 'path' ? ApiParam(parameter) : ApiQuery({ required: false, ...parameter } as QueryOptions))),
    ...Object.entries(responses).map(([status, response]) => ApiResponse({ status: Number(status), ...response } as ResponseOptions)),
  );
}

/** Nest drops the example of a parameter that has a schema; Swagger UI fills the form with the schema's as well. */
function withExample({ example, schema, ...parameter }: Parameter): Parameter {
  return { ...parameter, schema: example === undefined ? schema : { ...schema, example } };
}

const SCHEMA_REFERENCE = '#/components/schemas/';

/** A fragment's components are not in the service's document, so each reference gives way to what it names; members beside it win. */
function inlineSchemas(value: unknown, fragment: OpenApiFragment): unknown {
  if (Array.isArray(value)) return value.map((item) => inlineSchemas(item, fragment));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref: reference, ...own } = value as { readonly $ref?: unknown };
  const members = Object.fromEntries(Object.entries(own).map(([name, member]) => [name, inlineSchemas(member, fragment)]));
  if (typeof reference !== 'string') return members;
  const named = inlineSchemas(fragment.components.schemas[reference.slice(SCHEMA_REFERENCE.length)], fragment);
  return { ...(named as object), ...members };
}
