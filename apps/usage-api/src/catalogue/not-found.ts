import { DomainError } from '@tallymark/domain';

/** The entity, or the same answer whether it never was or is somebody else's. @throws DomainError `not_found` that quotes the reference. */
export function requireFound<T>(entity: T | null, what: string, reference: string): T {
  if (entity === null) throw new DomainError('not_found', `no ${what} ${JSON.stringify(reference)}`);
  return entity;
}
