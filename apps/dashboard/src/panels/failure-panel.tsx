import { ApiError, isForbidden } from '../api/api-error.js';
import { WarningIcon } from './icons.js';

interface FailureProps {
  error: Error;
  onRetry: () => void;
}

/** Nothing could be shown: why, what to tell support, and another try. */
export function FailurePanel({ error, onRetry }: FailureProps) {
  return (
    <div className="notice is-error" role="alert" data-testid="failure">
      <h2>
        <WarningIcon /> Usage could not be loaded
      </h2>
      <p>{error.message}</p>
      <RequestId error={error} />
      {isForbidden(error) ? null : <p className="fine-print">The page keeps trying by itself, every few seconds.</p>}
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** What is shown is still good, but no newer answer came. */
export function FailureBanner({ error, onRetry }: FailureProps) {
  return (
    <div className="banner is-error" role="alert" data-testid="failure">
      <WarningIcon />
      <div>
        <strong>No new numbers.</strong> {error.message} What you see is the last good answer; the page keeps trying.
        <RequestId error={error} />
      </div>
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}

function RequestId({ error }: { error: Error }) {
  if (!(error instanceof ApiError) || error.requestId === null) return null;
  return (
    <p className="request-id">
      Request <code>{error.requestId}</code>
    </p>
  );
}
