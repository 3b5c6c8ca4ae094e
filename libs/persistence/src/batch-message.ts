const SMALL_BYTES = 16_384;
const LARGEST_KEPT_BYTES = 1_048_576;

/**
 * Writes messages of PostgreSQL's extended query protocol (its documentation, "Message Formats") one behind the other, so that a batch leaves in one
 * write. All values go as text, and come back as text. One writer serves any number of batches, one after the other.
 */
export class BatchMessage {
  private buffer = Buffer.allocUnsafe(SMALL_BYTES);
  private length = 0;

  /** Forgets what a batch left that was never sent. */
  reset(): void {
    this.length = 0;
  }

  /** Parses a statement and keeps it under a name. */
  parse(name: string, sql: string): void {
    const start = this.begin('P');
    this.terminated(name);
    this.terminated(sql);
    this.int16(0);
    this.end(start);
  }

  /** Gives a kept statement its values. */
  bind(name: string, values: readonly (string | null)[]): void {
    const start = this.begin('B');
    this.terminated('');
    this.terminated(name);
    this.int16(0);
    this.int16(values.length);
    for (const value of values) this.value(value);
    this.int16(0);
    this.end(start);
  }

  /** Asks for the columns of what was bound. */
  describe(): void {
    const start = this.begin('D');
    this.terminated('P');
    this.end(start);
  }

  /** Asks for all rows of what was bound. */
  execute(): void {
    const start = this.begin('E');
    this.terminated('');
    this.int32(0);
    this.end(start);
  }

  /** Ends the transaction. */
  sync(): void {
    this.end(this.begin('S'));
  }

  /** What was written; the next message is the first of another batch. */
  take(): Buffer {
    const written = Buffer.from(this.buffer.subarray(0, this.length));
    this.length = 0;
    if (this.buffer.length > LARGEST_KEPT_BYTES) this.buffer = Buffer.allocUnsafe(SMALL_BYTES);
    return written;
  }

  /** A type, and room for the length. @returns where the length stands */
  private begin(type: string): number {
    this.reserve(5);
    this.buffer[this.length] = type.charCodeAt(0);
    this.length += 5;
    return this.length - 4;
  }

  private end(start: number): void {
    this.buffer.writeInt32BE(this.length - start, start);
  }

  private value(value: string | null): void {
    if (value === null) {
      this.int32(-1);
      return;
    }
    this.reserve(4 + value.length * 3);
    const bytes = this.buffer.write(value, this.length + 4, 'utf8');
    this.buffer.writeInt32BE(bytes, this.length);
    this.length += 4 + bytes;
  }

  private terminated(text: string): void {
    this.reserve(text.length * 3 + 1);
    this.length += this.buffer.write(text, this.length, 'utf8');
    this.buffer[this.length] = 0;
    this.length += 1;
  }

  private int16(value: number): void {
    this.reserve(2);
    this.length = this.buffer.writeInt16BE(value, this.length);
  }

  private int32(value: number): void {
    this.reserve(4);
    this.length = this.buffer.writeInt32BE(value, this.length);
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
