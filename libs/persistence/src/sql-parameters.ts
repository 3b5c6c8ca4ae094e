/** The parameters of a statement whose text is put together: each value that is added gets the next number. */
export class SqlParameters {
  private readonly kept: unknown[] = [];

  /** @returns the placeholder, such as `$3::text`. */
  add(value: unknown, type: string): string {
    this.kept.push(value);
    return `$${this.kept.length}::${type}`;
  }

  get values(): unknown[] {
    return [...this.kept];
  }
}
