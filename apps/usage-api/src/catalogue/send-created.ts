import type { FastifyReply } from 'fastify';

/** What a create did: made the entity, or found it with the same content. */
export interface CreateResult<T> {
  readonly isNew: boolean;
  readonly entity: T;
}

/** 201 with `Location` for a new entity, 200 for one that was there. @returns the body. */
export function sendCreated<T>(reply: FastifyReply, result: CreateResult<T>, location: (entity: T) => string): T {
  if (result.isNew) void reply.code(201).header('location', location(result.entity));
  else void reply.code(200);
  return result.entity;
}
