import pg from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { BatchMessage } from './batch-message.js';

/** A statement that each connection parses and plans once. A name stands for one text, for ever. */
export interface PreparedStatement {
  readonly name: string;
  readonly sql: string;
}

/** A question to the database, and what its rows mean. */
export interface Read<T> {
  readonly statement: PreparedStatement;
  readonly values: readonly unknown[];
  /** Gets the rows as the driver gives them: instants as dates, JSON parsed, big integers and decimals as text. */
  readonly answer: (rows: readonly never[]) => T;
}

/** Asks within a transaction that is under way. */
export async function askIn<T>(manager: EntityManager, { statement, values, answer }: Read<T>): Promise<T> {
  return answer(await manager.query(statement.sql, [...values]));
}

/**
 * Names the organization for the transaction, as `inOrganization` does. A plan is made without looking at the values, once: to plan a question over
 * all months anew takes longer than to answer it. What is set here ends with the transaction.
 */
const ENTER: PreparedStatement = {
  name: 'enter_organization',
  sql: `SELECT set_config('app.organization_id', $1, true), set_config('plan_cache_mode', 'force_generic_plan', true)`,
};

/**
 * Asks several questions in one round trip and one transaction that sees the rows of one organization alone, in order: the fast way for reads that
 * are asked thousands of times a second. The organization is named first, within the same transaction; where that fails, nothing after it runs.
 *
 * @returns the answers, in the order of the questions.
 * @throws the driver's error; the connection is then closed.
 */
export async function readBatch<T extends readonly unknown[]>(
  dataSource: DataSource,
  organizationId: string,
  reads: { readonly [K in keyof T]: Read<T[K]> },
): Promise<T> {
  const asked = reads as readonly Read<unknown>[];
  const [, ...rows] = await runBatch(dataSource, [{ statement: ENTER, values: [organizationId] }, ...asked]);
  return asked.map((read, index) => read.answer(rows[index] as never[])) as unknown as T;
}

/** Asks one question that names no organization, such as who a credential is of. */
export async function readAlone<T>(dataSource: DataSource, read: Read<T>): Promise<T> {
  const [rows] = await runBatch(dataSource, [read]);
  return read.answer(rows as never[]);
}

type Step = Pick<Read<unknown>, 'statement' | 'values'>;
type Row = Record<string, unknown>;

async function runBatch(dataSource: DataSource, steps: readonly Step[]): Promise<Row[][]> {
  const pool = (dataSource.driver as unknown as { readonly master: pg.Pool }).master;
  const client = await pool.connect();
  listenForErrors(client);
  try {
    const rows = await new Promise<Row[][]>((resolve, reject) => client.query(new Batch(steps, resolve, reject)));
    client.release();
    return rows;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

const listenedTo = new WeakSet<pg.PoolClient>();

/** A connection that is cut between the answer and its return must not take the process down; what it does to a batch is told to the batch. */
function listenForErrors(client: pg.PoolClient): void {
  if (listenedTo.has(client)) return;
  listenedTo.add(client);
  client.on('error', () => undefined);
}

/** What the driver's connection takes, as far as a batch needs it; its published types are those of an older one. */
interface Connection {
  readonly stream: { write(bytes: Buffer): void };
}

const message = new BatchMessage();

interface Column {
  readonly name: string;
  readonly read: (text: string) => unknown;
}

/** The columns of what each connection has parsed already, by the statement's name. */
const prepared = new WeakMap<Connection, Map<string, readonly Column[]>>();

const texts = new Map<string, string>();

/** PostgreSQL cuts longer names, which may then be the same. */
const LONGEST_NAME = 63;

/** Nothing may ever be answered by another statement's plan. */
function checkName({ name, sql }: PreparedStatement): void {
  const known = texts.get(name);
  if (known === undefined) {
    if (name.length > LONGEST_NAME) throw new Error(`a statement is called ${name}; expected at most ${LONGEST_NAME} characters`);
    texts.set(name, sql);
  }
  if (known !== undefined && known !== sql) throw new Error(`two statements are called ${name}`);
}

/**
 * Several statements sent at once, with one Sync behind them: PostgreSQL runs what stands before a Sync as one transaction, and skips the rest when
 * one of them fails. The driver calls the `handle…` methods as the answers come.
 */
class Batch {
  private readonly columns: (readonly Column[])[] = [];
  private readonly rows: Row[][];
  private readonly encoded: (string | null)[][];
  private known = new Map<string, readonly Column[]>();
  private at = 0;
  private failure: Error | undefined;

  constructor(
    private readonly steps: readonly Step[],
    private readonly resolve: (rows: Row[][]) => void,
    private readonly reject: (error: Error) => void,
  ) {
    for (const { statement } of steps) checkName(statement);
    this.rows = steps.map(() => []);
    // Before anything is sent: what can't be written leaves the connection as it was.
    this.encoded = steps.map(({ values }) => values.map(encode));
  }

  submit(raw: unknown): void {
    const connection = raw as Connection;
    this.known = prepared.get(connection) ?? new Map<string, readonly Column[]>();
    prepared.set(connection, this.known);
    const parsed = new Set<string>();
    message.reset();
    this.steps.forEach(({ statement: { name, sql } }, index) => {
      const known = this.known.get(name);
      if (known === undefined && !parsed.has(name)) message.parse(name, sql);
      parsed.add(name);
      message.bind(name, this.encoded[index]!);
      if (known === undefined) message.describe();
      else this.columns[index] = known;
      message.execute();
    });
    message.sync();
    connection.stream.write(message.take());
  }

  handleRowDescription({ fields }: { readonly fields: readonly pg.FieldDef[] }): void {
    this.columns[this.at] = fields.map(({ name, dataTypeID }) => ({ name, read: pg.types.getTypeParser(dataTypeID, 'text') }));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.failure !== undefined) return;
    const row: Row = {};
    const columns = this.columns[this.at]!;
    try {
      for (let index = 0; index < columns.length; index += 1) {
        const { name, read } = columns[index]!;
        const text = fields[index]!;
        row[name] = text === null ? null : read(text);
      }
    } catch (error) {
      this.failure = error as Error;
      return;
    }
    this.rows[this.at]!.push(row);
  }

  handleCommandComplete(): void {
    this.at += 1;
  }

  handleError(error: Error): void {
    this.reject(error);
  }

  handleReadyForQuery(): void {
    if (this.failure !== undefined) {
      this.reject(this.failure);
      return;
    }
    this.steps.forEach(({ statement: { name } }, index) => this.known.set(name, this.columns[index]!));
    this.resolve(this.rows);
  }
}

/** A value as PostgreSQL reads it. Objects are JSON, as everywhere in this library: the caller writes them out. */
function encode(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return encodeInstant(value);
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  if (Array.isArray(value)) return `{${value.map(encodeItem).join(',')}}`;
  throw new TypeError(
    `received a ${typeof value} as the value of a statement; expected text, a number, a boolean, a date, bytes, null or a list`,
  );
}

/** What would mean something else in a list, such as a comma, a blank, nothing at all, or the word null. */
const NEEDS_QUOTES = /^(?:null)?$|[^\w.:-]/i;

function encodeItem(value: unknown): string {
  const text = encode(value);
  if (text === null) return 'NULL';
  return typeof value === 'object' || NEEDS_QUOTES.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}

/** Years of more than four digits have no sign in PostgreSQL. */
function encodeInstant(instant: Date): string {
  const text = instant.toISOString();
  return text.startsWith('+') ? text.slice(1) : text;
}
