import { DomainError } from '@tallymark/domain';

/**
 * When a subscription that is asked to end does end; null when it has that end already, so that the request can be repeated.
 *
 * @param requested null for now.
 * @throws DomainError `conflict` when it has another end, `unprocessable` when it would end before it started.
 */
export function decideEnd(
  subscription: { readonly startedAt: Date; readonly endedAt: Date | null },
  requested: Date | null,
  now: Date,
): Date | null {
  const { startedAt, endedAt } = subscription;
  if (endedAt !== null) {
    if (requested === null || requested.getTime() === endedAt.getTime()) return null;
    throw refusal('conflict', 'differs', `received ${requested.toISOString()}; the subscription ends at ${endedAt.toISOString()} already`);
  }
  const end = requested ?? now;
  if (end > startedAt) return end;
  throw refusal(
    'unprocessable',
    'before_start',
    `received ${end.toISOString()}; expected an instant after ${startedAt.toISOString()}, when it started`,
  );
}

function refusal(code: 'conflict' | 'unprocessable', detailCode: string, message: string): DomainError {
  return new DomainError(code, `ended_at: ${message}`, { details: [{ pointer: '/ended_at', code: detailCode, message }] });
}
