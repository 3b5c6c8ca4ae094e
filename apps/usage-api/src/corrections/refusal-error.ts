import { DomainError, type ErrorCode } from '@tallymark/domain';
import type { CorrectionFailure, CorrectionFailureCode } from '@tallymark/persistence';

/** What stands in the way may pass, or does not: a conflict with what was done, or with what is kept. */
const ERROR_CODE: Readonly<Record<CorrectionFailureCode, ErrorCode>> = {
  event_not_found: 'unprocessable',
  event_voided: 'conflict',
  event_exists: 'conflict',
  changes_nothing: 'conflict',
  outdated: 'conflict',
  corrected_since: 'conflict',
  past_retention: 'conflict',
  not_storable: 'unprocessable',
  internal: 'internal',
};

/** The error that tells a caller why a correction was refused. Its detail bears the reason's own code. */
export function refusalError(failure: CorrectionFailure): DomainError {
  const { code, message, correctionId } = failure;
  const details = [{ pointer: '', code, message: correctionId === null ? message : `${message} (correction ${correctionId})` }];
  return new DomainError(ERROR_CODE[code], message, { details });
}
