import { ApiHeader } from '@nestjs/swagger';

/** Documents the `If-Match` header of a change. */
export function IfMatchHeader(): MethodDecorator & ClassDecorator {
  return ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETag of the entity as you read it; 412 when it changed since. Left out, the change is made whatever it was before',
  });
}
