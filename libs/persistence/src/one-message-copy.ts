import type pg from 'pg';

/** Rows on their way into a table. */
export interface Copy {
  /** Table and columns, `event_identity (shard_key, identity, occurred_at, fingerprint)`. It goes into the statement as it is. */
  readonly target: string;
  /** In the binary format, header and end mark included. Must not be written over before the promise of {@link runCopies} settles. */
  readonly rows: Buffer;
}

const QUERY = 'Q'.charCodeAt(0);
const COPY_DATA = 'd'.charCodeAt(0);
/** A message's type and length. */
const HEAD_BYTES = 5;
const COPY_DONE = message('c'.charCodeAt(0), 0);

/**
 * Copies rows into tables and runs closing statements, all in one exchange with the server: one query of several statements, with the rows of each
 * copy right behind it. Outside of a transaction they are one of their own, committed when the promise resolves; within one they are part of it.
 *
 * Copies that wait for the server's word before they send cost two round trips each, and a stream; for a commit of few events that is most of its cost.
 *
 * @param closing statements without parameters, separated by semicolons; '' for none. None that begins or ends a transaction.
 * @throws the server's error, when any statement fails; what comes after it is not looked at, and outside of a transaction nothing stands.
 */
export function runCopies(client: pg.ClientBase, copies: readonly Copy[], closing: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new CopyExchange(copies, closing, (error) => (error === undefined ? resolve() : reject(error))));
  });
}

/** What the driver asks of a query that is none of its own. */
class CopyExchange implements pg.Submittable {
  private failed = false;

  constructor(
    private readonly copies: readonly Copy[],
    private readonly closing: string,
    private readonly settle: (error?: Error) => void,
  ) {}

  submit({ stream }: pg.Connection): void {
    stream.cork();
    stream.write(queryMessage(this.copies, this.closing));
    for (const { rows } of this.copies) {
      stream.write(message(COPY_DATA, rows.length));
      stream.write(rows);
      stream.write(COPY_DONE);
    }
    stream.uncork();
  }

  handleError(error: Error): void {
    this.failed = true;
    this.settle(error);
  }

  handleReadyForQuery(): void {
    if (!this.failed) this.settle();
  }

  handleCopyInResponse(): void {
    // The rows are on their way already.
  }

  handleCommandComplete(): void {
    // That all statements have succeeded is told by what comes after them.
  }

  handleEmptyQuery(): void {
    // Neither copies nor closing statements.
  }

  handleRowDescription(): void {
    // Of the closing statements' rows nothing is asked.
  }

  handleDataRow(): void {
    // Of the closing statements' rows nothing is asked.
  }
}

function queryMessage(copies: readonly Copy[], closing: string): Buffer {
  const statements = copies.map(({ target }) => `COPY ${target} FROM STDIN (FORMAT binary)`);
  const text = Buffer.from(`${[...statements, closing].join('; ')}\0`, 'utf8');
  return Buffer.concat([message(QUERY, text.length), text]);
}

/** The head of a message whose content follows: its type, and its length without the type. */
function message(type: number, contentBytes: number): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt8(type, 0);
  head.writeInt32BE(HEAD_BYTES - 1 + contentBytes, 1);
  return head;
}
