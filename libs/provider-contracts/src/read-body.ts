import { DomainError } from '@tallymark/domain';
import { z } from 'zod';

/**
 * A body that another server sent, checked by its schema.
 *
 * @param what the body in words, such as `a Comet usage answer`
 * @throws DomainError `invalid_request` that says what is wrong with the body.
 */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown, what: string): z.infer<Schema> {
  const result = schema.safeParse(body);
  if (!result.success) throw new DomainError('invalid_request', `not ${what}: ${z.prettifyError(result.error)}`);
  return result.data;
}

/** A zod schema as an OpenAPI 3.1 component, which names no dialect of its own. Of a request (`input`), members that it does not name may be there too. */
export function componentSchema(schema: z.ZodType, io: 'input' | 'output' = 'output'): Readonly<Record<string, unknown>> {
  const { $schema: _dialect, ...component } = z.toJSONSchema(schema, { io });
  return component;
}
