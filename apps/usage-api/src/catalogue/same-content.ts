import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '@tallymark/domain';

const MAX_QUOTED_LENGTH = 120;

/**
 * Holds that an entity whose key is taken is the one that is asked for, so that a create can be repeated safely.
 * Members that the request leaves to us (undefined) are not compared.
 *
 * @param requested the request, and `existing` the entity, both in the form of the API.
 * @throws DomainError `conflict` that names every member that differs.
 */
export function requireSameContent(
  what: string,
  requested: Readonly<Record<string, unknown>>,
  existing: Readonly<Record<string, unknown>>,
): void {
  const differing = Object.keys(requested).filter(
    (member) => requested[member] !== undefined && !isDeepStrictEqual(requested[member], existing[member]),
  );
  if (differing.length === 0) return;
  const details = differing.map((member) => ({
    pointer: `/${member}`,
    code: 'differs',
    message: `received ${quote(requested[member])}; the existing one has ${quote(existing[member])}`,
  }));
  throw new DomainError(
    'conflict',
    `${what} exists with other content: ${differing.join(', ')} ${differing.length === 1 ? 'differs' : 'differ'}`,
    { details },
  );
}

function quote(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length <= MAX_QUOTED_LENGTH ? json : `${json.slice(0, MAX_QUOTED_LENGTH)}…`;
}
