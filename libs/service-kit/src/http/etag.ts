import { hash } from 'node:crypto';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
  applyDecorators,
} from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Observable } from 'rxjs';

/** What clients may do with an answer that has an ETag: keep it, and ask each time whether it still holds. */
export const ETAGGED_CACHE_CONTROL = 'private, no-cache';

/** Strong ETag of what is sent: the same bytes, the same tag. A value is taken in the JSON form in which it is sent. */
export function etagOf(content: unknown): string {
  const bytes = typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content);
  return `"${hash('sha256', bytes, 'base64url').slice(0, 27)}"`;
}

/** Whether `If-None-Match` holds this tag, so that 304 is the answer. Compares weakly (RFC 9110 section 13.1.2). */
export function matchesIfNoneMatch(header: string | undefined, etag: string): boolean {
  return header !== undefined && listTags(header).some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);
}

/**
 * Refuses a change of an entity that changed since it was read. Without `If-Match` the change is let through.
 *
 * @throws DomainError `precondition_failed`. Compares strongly (RFC 9110 section 13.1.1).
 */
export function checkIfMatch(header: string | undefined, etag: string): void {
  if (header === undefined || listTags(header).some((tag) => tag === '*' || tag === etag)) return;
  const message = `received ${header}; expected ${etag}, the ETag of the entity as it is now`;
  throw new DomainError('precondition_failed', `If-Match: ${message}`, { details: [{ parameter: 'If-Match', code: 'changed', message }] });
}

function listTags(header: string): string[] {
  return header.match(/\*|(?:W\/)?"[^"]*"/g) ?? [];
}

const etagged = new WeakSet<FastifyReply>();

@Injectable()
class EtagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    etagged.add(reply);
    void reply.header('cache-control', ETAGGED_CACHE_CONTROL);
    return next.handle();
  }
}

/** The route's answers bear an ETag, may be kept by the client, and are answered 304 when they have not changed. */
export function Etagged(): MethodDecorator & ClassDecorator {
  return applyDecorators(UseInterceptors(EtagInterceptor));
}

/** Sets the tags of {@link Etagged} routes, once the answer has its final form. */
export function addEtagHook(instance: FastifyInstance): void {
  instance.addHook('onSend', async (request, reply, payload) => {
    if (!etagged.has(reply) || reply.statusCode !== 200 || (typeof payload !== 'string' && !Buffer.isBuffer(payload))) return payload;
    const etag = etagOf(payload);
    void reply.header('etag', etag);
    if (!matchesIfNoneMatch(request.headers['if-none-match'], etag)) return payload;
    void reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return '';
  });
}
