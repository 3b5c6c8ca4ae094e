import { createHmac, timingSafeEqual } from 'node:crypto';
import { DomainError } from '@tallymark/domain';
import type { z } from 'zod';

/** What a cursor belongs to. It is refused for another organization, route or filter. */
export interface CursorContext {
  readonly organizationId: string;
  /** Such as `GET /platform/v1/events`. */
  readonly route: string;
  /** The query without `cursor` and `limit`. */
  readonly filters: Readonly<Record<string, unknown>>;
}

/** Keeps the key of cursors apart from other uses of the same secret. */
const PURPOSE = 'tallymark:cursor:v1';

/** Packs the position to go on from, such as the last row's sort key, into an opaque text. */
export function encodeCursor(secret: string, context: CursorContext, payload: unknown): string {
  const body = Buffer.from(JSON.stringify(payload), 'utf8').toString('base64url');
  return `${body}.${seal(secret, context, body).toString('base64url')}`;
}

/** The position in a cursor of ours. @throws DomainError `invalid_request` when it was changed, or made for another query. */
export function decodeCursor<T>(secret: string, context: CursorContext, cursor: string, payloadSchema: z.ZodType<T>): T {
  const [, body, sealText] = /^([\w-]+)\.([\w-]{43})$/.exec(cursor) ?? [];
  if (body === undefined || sealText === undefined) throw refusal(cursor);
  if (!timingSafeEqual(Buffer.from(sealText, 'base64url'), seal(secret, context, body))) throw refusal(cursor);
  const payload = payloadSchema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  if (!payload.success) throw refusal(cursor);
  return payload.data;
}

function seal(secret: string, context: CursorContext, body: string): Buffer {
  const scope = JSON.stringify([context.organizationId, context.route, canonical(context.filters)]);
  return createHmac('sha256', secret).update(`${PURPOSE}\n${scope}\n${body}`, 'utf8').digest();
}

/** Filters compare equal in any order of their names, and with or without those that are not set. */
function canonical(filters: Readonly<Record<string, unknown>>): unknown[] {
  return Object.keys(filters)
    .filter((name) => filters[name] !== undefined)
    .sort()
    .map((name) => [name, filters[name]]);
}

function refusal(cursor: string): DomainError {
  const message = `received ${JSON.stringify(cursor.slice(0, 60))}; expected the next_cursor of an earlier answer to the same query`;
  return new DomainError('invalid_request', `cursor: ${message}`, { details: [{ parameter: 'cursor', code: 'invalid_cursor', message }] });
}
