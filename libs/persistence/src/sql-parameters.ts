/** The parameters of a statement whose text is put together: each value that is added gets the next number. */
export class SqlParameters {
  private readonly kept: unknown[] = [];

  /** @returns the placeholder, such as `$3::text`. */
  add(value: unknown, type: string): string {
    this.kept.push(value);
    return `$${this.kept.length}::${type}`;
  }

  /** A text with some of the placeholders, as a statement of its own: numbered anew, with the values that it has. */
  statement(text: string): { readonly text: string; readonly values: unknown[] } {
    const numbers = new Map<string, number>();
    const renumbered = text.replace(/\$(\d+)/g, (_, number: string) => {
      numbers.set(number, numbers.get(number) ?? numbers.size + 1);
      return `$${numbers.get(number)!}`;
    });
    return { text: renumbered, values: [...numbers.keys()].map((number) => this.kept[Number(number) - 1]) };
  }

  get values(): unknown[] {
    return [...this.kept];
  }
}
