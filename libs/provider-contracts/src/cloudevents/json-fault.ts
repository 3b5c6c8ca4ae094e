/** What a JSON parser says of a fault, without the piece of the text that some show: the text may hold secrets. */
export function withoutSource(message: string): string {
  return message.replace(/, (?:\.\.\.)?"[^]*"(?:\.\.\.)? is not valid JSON$/, '');
}
