import { type ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import { type ValidatedInput, describeIssues } from './validation-issues.js';

/** Checks bodies, queries and path parameters against the schema of `@Body({ schema })` and its like; failures become details. */
@Injectable()
export class SchemaPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const { schema } = metadata;
    if (schema === undefined || metadata.type === 'custom') return value;
    this.stripProtoKeys(value);
    const result = await this.validate<T>(value, schema);
    if (result.issues === undefined) return result.value as T;
    const input: ValidatedInput = { kind: metadata.type === 'body' ? 'body' : 'parameter', name: metadata.data, value };
    const details = describeIssues(result.issues, input);
    throw new DomainError('invalid_request', summarize(details), { details });
  }
}

function summarize(details: ReturnType<typeof describeIssues>): string {
  const [first] = details;
  if (first === undefined) return 'the request does not have the expected form';
  const place = first.parameter ?? (first.pointer === '' ? 'the body' : first.pointer);
  const more = details.length > 1 ? ` (and ${details.length - 1} more, see errors)` : '';
  return `${place === undefined ? '' : `${place}: `}${first.message}${more}`;
}
