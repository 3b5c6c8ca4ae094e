import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { type ErrorCode, ERROR_CODES } from '@tallymark/domain';
import { PROBLEM_CONTENT_TYPE } from '@tallymark/provider-contracts';
import { statusOf } from './errors/http-status.js';

/** Documents the errors of a route as problem details, by their codes: `@ApiProblems('not_found', 'conflict')`. */
export function ApiProblems(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  const statuses = [...new Set(codes.map(statusOf))].sort((a, b) => a - b);
  return applyDecorators(
    ...statuses.map((status) => {
      const meanings = codes.filter((code) => statusOf(code) === status).map((code) => `${code}: ${ERROR_CODES[code]}`);
      return ApiResponse({
        status,
        description: meanings.join('; '),
        content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      });
    }),
  );
}
