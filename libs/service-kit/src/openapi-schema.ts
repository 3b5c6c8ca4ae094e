import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** A schema, and the named ones (`.meta({ id })`) that it refers to. */
export interface ConvertedSchema {
  readonly schema: unknown;
  readonly components: Schemas;
}

/** zod knows JSON Schema 2020-12, which is OpenAPI 3.1's; Nest itself would ask for the dialect of 3.0. undefined for what is not zod's. */
export function convertSchema(schema: unknown, { schemaType }: { schemaType: 'input' | 'output' }): ConvertedSchema | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  const { $schema: _, ...converted } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: schemaType, unrepresentable: 'any' });
  const { $defs, ...root } = JSON.parse(JSON.stringify(converted).replaceAll('"#/$defs/', '"#/components/schemas/')) as { $defs?: Schemas };
  const name = 'id' in root && typeof root.id === 'string' ? root.id : undefined;
  const components = Object.fromEntries(Object.entries($defs ?? {}).map(([key, definition]) => [key, withoutId(definition)]));
  if (name === undefined) return { schema: root, components: components as Schemas };
  return { schema: { $ref: `#/components/schemas/${name}` }, components: { ...components, [name]: withoutId(root) } as Schemas };
}

/** zod repeats the name inside the schema, where 2020-12 has no such keyword. */
function withoutId(definition: object): object {
  const { id: _, ...rest } = definition as { id?: unknown };
  return rest;
}
