import type { PreparedStatement, Read } from './read-batch.js';

/** By what is known later whether a part of a subject's log is as it was: the part, and its state as PostgreSQL told it. */
export interface LogProof {
  /** The part's beginning, inclusive, as PostgreSQL writes it, to the microsecond; `-infinity` for all there is. */
  readonly from: string;
  readonly state: string;
}

const STATE: PreparedStatement = { name: 'log_state', sql: 'SELECT log_state($1, $2::timestamptz) = $3 AS stands' };

/**
 * Whether a part of the log still is as it was. The state changes with whatever is stored, taken out by a correction, put in by one, or dropped with its
 * month; see the migration that tells it. The subject is the one of the organization that the transaction names, and no other's can be asked for.
 */
export function logStandsRead(subject: string, { from, state }: LogProof): Read<boolean> {
  return {
    statement: STATE,
    values: [subject, from, state],
    answer: ([row]: readonly { readonly stands: boolean | null }[]) => row!.stands === true,
  };
}
