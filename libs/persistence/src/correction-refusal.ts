import type { CorrectionFailureCode } from './correction-types.js';

/** Why a correction can't be done as asked; kept on its record. */
export class CorrectionRefusal extends Error {
  override readonly name = 'CorrectionRefusal';

  constructor(
    readonly code: CorrectionFailureCode,
    message: string,
    /** The correction that stands in the way, where one does. */
    readonly correctionId: string | null = null,
  ) {
    super(message);
  }
}
