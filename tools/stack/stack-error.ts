/** Something that the person at the terminal can put right: printed as it is, without a stack. */
export class StackError extends Error {
  override readonly name = 'StackError';
  /** What to do about it, one line each. */
  readonly hints: readonly string[];

  constructor(message: string, hints: readonly string[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.hints = hints;
  }
}

/** An error's message, whatever was thrown, with the detail that PostgreSQL adds to some. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  return 'detail' in error && typeof error.detail === 'string' ? `${error.message} (${error.detail})` : error.message;
}

/** The code of a system's or driver's error, such as `ECONNREFUSED`; of several, the first one's. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
