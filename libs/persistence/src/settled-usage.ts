import { Injectable } from '@nestjs/common';
import { LruMap } from './lru-map.js';
import type { PreparedStatement, Read } from './read-batch.js';

/** The grain of what buckets can tell apart at any of their bounds. */
export const HOUR_MS = 3_600_000;

/** In all, and of one question at most: beyond that it is asked whole each time. */
const MOST_BYTES = 32 * 1_048_576;
const MOST_BYTES_OF_ONE = 128 * 1_024;
/** What an entry takes beside its key and its value. */
const ENTRY_BYTES = 256;

/** Thrown by the answer of a read: what it rested on is no longer what is stored, or there is too much to remember. Then the question is to be asked whole. */
export class NotSettled extends Error {}

/** What each row of an answer begins with, see {@link withVersion}. */
export interface VersionedRecord {
  /** Of the subject's old usage; null while it has never changed. */
  readonly version: string | null;
}

/** The same, of an answer of which something is to be remembered. */
interface SettledRecord extends VersionedRecord {
  /** The instant before which usage counts as settled, in milliseconds since 1970; null where none does. */
  readonly settled_before: string | null;
}

/** What a question came to: before an instant, and from it on. */
export interface Split<P> {
  readonly before: P;
  readonly after: P;
}

/** A question about one subject's usage in a window, put together from what it comes to in parts of the window. */
export interface SettledQuestion<R extends VersionedRecord, P> {
  /** Names the organization, the subject and all that the answer depends on. */
  readonly key: string;
  readonly from: Date;
  readonly to: Date;
  /** On which instants it can be told apart: multiples of this since 1970, in milliseconds. The finer, the less there is to ask, and the more often to remember. */
  readonly grainMs: number;
  /**
   * What is to be asked of usage from `since` on. Where more is to be remembered, it is to be told apart at a later `cut`, and the rows bear
   * `settled_before`. Both lie in the window or at its ends.
   */
  readonly ask: (since: Date, cut: Date | null) => Pick<Read<unknown>, 'statement' | 'values'>;
  /** What was asked came to: all of it after the cut where there is none. Null where there is too much to tell. */
  readonly split: (records: readonly R[], cut: Date | null) => Split<P> | null;
  readonly add: (before: P, after: P) => P;
  /** About how much memory it takes. */
  readonly bytesOf: (part: P) => number;
}

interface Entry<P = unknown> {
  /** What is remembered lies before it. */
  readonly untilMs: number;
  readonly version: string | null;
  readonly part: P;
  readonly bytes: number;
}

/** In the place of a part that is too much to be remembered. */
const TOO_MUCH = Symbol('too much');

/**
 * Remembers what questions came to in days long past, of which a customer with much usage has nearly all its usage. Only what came since is then asked, and
 * in the same statement, which sees one state of the database, the version that every change of old usage writes: where it is another one by now, nothing
 * is answered from what was remembered. What counts as settled, only the database's clock decides.
 *
 * One of each process; bounded, so that what was not asked for the longest gives way.
 */
@Injectable()
export class SettledUsage {
  private readonly entries = new LruMap<string, Entry>(MOST_BYTES, ({ bytes }) => bytes);
  /** What the database last said is settled, and when by our own watch: by it we only guess when there is more to remember. */
  private settledMs = -Infinity;
  private saidAtMs = -Infinity;

  /**
   * The question as it is to be asked now; null where it is to be asked whole, since nothing of it is settled, or it comes to too much. The answer throws
   * {@link NotSettled} where the question is to be asked once more, whole, and not through here.
   */
  readOf<R extends VersionedRecord, P>(question: SettledQuestion<R, P>): Read<P> | null {
    const { key, from, to } = question;
    const boundaryMs = this.boundaryMs(question);
    const known = this.entries.get(key);
    if (known?.part === TOO_MUCH && known.untilMs >= boundaryMs) return null;
    const rest = known?.part === TOO_MUCH ? undefined : known;
    const since = rest === undefined ? from : new Date(rest.untilMs);
    const cutMs = Math.min(Math.max(boundaryMs, since.getTime()), to.getTime());
    const isCut = cutMs > since.getTime() || this.saidAtMs === -Infinity;
    if (!isCut) return rest === undefined ? null : this.readRest(question, rest as Entry<P>);
    const cut = new Date(cutMs);
    return {
      ...question.ask(since, cut),
      answer: (records: readonly (R & SettledRecord)[]) => {
        const { version, settled_before: settledBefore } = records[0]!;
        this.settledMs = settledBefore === null ? -Infinity : Number(settledBefore);
        this.saidAtMs = performance.now();
        if (rest !== undefined) this.prove(key, rest, version);
        const { before: more, after } = this.split(question, records, cut);
        const before = rest === undefined ? more : question.add(rest.part as P, more);
        if (cut > since && cutMs <= this.settledMs) this.entries.set(key, entryOf(question, { untilMs: cutMs, version }, before));
        return question.add(before, after);
      },
    };
  }

  /** What came since what is remembered, and nothing to remember of it. */
  private readRest<R extends VersionedRecord, P>(question: SettledQuestion<R, P>, rest: Entry<P>): Read<P> {
    return {
      ...question.ask(new Date(rest.untilMs), null),
      answer: (records: readonly R[]) => {
        this.prove(question.key, rest, records[0]!.version);
        return question.add(rest.part, this.split(question, records, null).after);
      },
    };
  }

  private prove(key: string, rest: Entry, version: string | null): void {
    if (rest.version === version) return;
    if (this.entries.get(key) === rest) this.entries.delete(key);
    throw new NotSettled('what was remembered is no longer what is stored');
  }

  private split<R extends VersionedRecord, P>(question: SettledQuestion<R, P>, records: readonly R[], cut: Date | null): Split<P> {
    const asked = question.split(records, cut);
    if (asked !== null) return asked;
    this.entries.set(question.key, entryOf(question, { untilMs: this.boundaryMs(question), version: null }, TOO_MUCH));
    throw new NotSettled('there is too much to be told apart');
  }

  /** The last instant of the grain before which all is settled, as far as we know. */
  private boundaryMs({ grainMs }: Pick<SettledQuestion<never, never>, 'grainMs'>): number {
    if (this.settledMs === -Infinity) return -Infinity;
    return Math.floor((this.settledMs + performance.now() - this.saidAtMs) / grainMs) * grainMs;
  }

  /** Bytes that are remembered, about. */
  get bytes(): number {
    return this.entries.size;
  }
}

function entryOf<P>(
  { key, bytesOf }: Pick<SettledQuestion<never, P>, 'key' | 'bytesOf'>,
  at: Pick<Entry, 'untilMs' | 'version'>,
  part: P | typeof TOO_MUCH,
): Entry {
  const own = ENTRY_BYTES + 2 * key.length;
  if (part === TOO_MUCH) return { ...at, part, bytes: own };
  const bytes = own + bytesOf(part);
  return bytes > MOST_BYTES_OF_ONE ? { ...at, part: TOO_MUCH, bytes: own } : { ...at, part, bytes };
}

/** The version of the old usage of a subject, of which the first parameter of the statement is the shard key. Whose it is, the policy sees to. */
export const VERSION = '(SELECT v.version FROM usage_version v WHERE v.shard_key = $1::bigint) AS version';
export const SETTLED_BEFORE =
  'CASE WHEN isfinite(settled_before()) THEN floor(extract(epoch FROM settled_before()) * 1000)::bigint END AS settled_before';

/**
 * Two statements with the version of the subject's old usage in front of each row, and one row at least, whose other columns are null where there is none:
 * the first as it is, the second to remember something of it.
 *
 * @param sql a SELECT, its first parameter the subject's shard key
 */
export function withVersion(name: string, sql: string): { readonly since: PreparedStatement; readonly settle: PreparedStatement } {
  const beside = (columns: string): string => `
    SELECT s.*, x.* FROM (SELECT ${columns}) AS s LEFT JOIN (${sql}
    ) AS x ON true`;
  return {
    since: { name: `${name}_since`, sql: beside(VERSION) },
    settle: { name: `${name}_settle`, sql: beside(`${VERSION}, ${SETTLED_BEFORE}`) },
  };
}
