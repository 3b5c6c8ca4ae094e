import type { ErrorDetail } from '@tallymark/domain';

/** An event of a request that was refused. */
export interface RefusedEvent {
  /** Position in a batch, from 0; null for a request of one event. */
  readonly index: number | null;
  readonly errors: readonly ErrorDetail[];
}

/** The details of a request's refused events, with pointers from the body's start, for the problem that answers it. */
export function refusedEventDetails(refused: readonly RefusedEvent[]): ErrorDetail[] {
  return refused.flatMap(({ index, errors }) =>
    errors.map((error) => (index === null ? error : { ...error, pointer: `/${index}${error.pointer ?? ''}` })),
  );
}
