/** Text that does not follow a date grammar, or names a date that does not exist. */
export class DateFormatError extends RangeError {
  override readonly name = 'DateFormatError';
  /** The text as it came. */
  readonly received: string;
  /** The grammar in words, such as `YYYY-MM, for example 2023-11`. */
  readonly expected: string;

  constructor(received: string, expected: string) {
    super(`not a date of the expected form: ${JSON.stringify(received)}; expected ${expected}`);
    this.received = received;
    this.expected = expected;
  }
}

/** Every way in which the date parameters of a contract can be refused, with what it means. */
export const WINDOW_ERROR_CODES = {
  missing: 'a required parameter is absent or empty',
  invalid_format: 'the text does not follow the grammar or names a date that does not exist',
  invalid_choice: 'the value is none of the listed ones',
  empty_window: 'the window would not begin before its end',
  in_future: 'the window begins after now',
  before_history: 'the window begins before the history that the contract offers',
  span_too_long: 'the window is longer, or has more buckets, than one answer gives',
} as const satisfies Record<string, string>;

/** See {@link WINDOW_ERROR_CODES}. */
export type WindowErrorCode = keyof typeof WINDOW_ERROR_CODES;

/** Date parameters of a contract that make no window. The contract turns it into an error body of its own shape. */
export class WindowError extends RangeError {
  override readonly name = 'WindowError';
  readonly code: WindowErrorCode;
  /** The query parameter to blame, in the contract's own spelling. */
  readonly parameter: string;

  constructor(code: WindowErrorCode, parameter: string, message: string) {
    super(message);
    this.code = code;
    this.parameter = parameter;
  }
}
