import { DomainError } from '@tallymark/domain';

/**
 * When a subscription that is asked to end does end; null when it has that end already, so that the request can be repeated.
 *
 * @param requested null for now.
 * @param times `closedUntil`: end of the last closed statement, which no end may lie before; null when none is closed.
 * @throws DomainError `conflict` when it has another end, `unprocessable` when it would end before it started or inside a closed statement.
 */
export function decideEnd(
  subscription: { readonly startedAt: Date; readonly endedAt: Date | null },
  requested: Date | null,
  { closedUntil, now }: { readonly closedUntil: Date | null; readonly now: Date },
): Date | null {
  const { startedAt, endedAt } = subscription;
  if (endedAt !== null) {
    if (requested === null || requested.getTime() === endedAt.getTime()) return null;
    throw refusal('conflict', 'differs', `received ${requested.toISOString()}; the subscription ends at ${endedAt.toISOString()} already`);
  }
  const end = requested ?? now;
  const received = `received ${end.toISOString()}`;
  if (end <= startedAt)
    throw refusal('unprocessable', 'before_start', `${received}; expected an instant after ${startedAt.toISOString()}, when it started`);
  if (closedUntil !== null && end < closedUntil) {
    const message = `${received}; expected ${closedUntil.toISOString()} or later: the statements before are closed`;
    throw refusal('unprocessable', 'closed', message);
  }
  return end;
}

function refusal(code: 'conflict' | 'unprocessable', detailCode: string, message: string): DomainError {
  return new DomainError(code, `ended_at: ${message}`, { details: [{ pointer: '/ended_at', code: detailCode, message }] });
}
