import { DomainError } from '@tallymark/domain';

/** The DomainError that an action throws. Fails the test when it throws another error, or none. */
export function domainErrorOf(action: () => unknown): DomainError {
  try {
    action();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('expected a DomainError; none was thrown');
}
