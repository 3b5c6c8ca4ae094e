import { Injectable } from '@nestjs/common';
import { LruMap } from './lru-map.js';
import type { PreparedStatement, Read } from './read-batch.js';

/** The grain of what buckets can tell apart at any of their bounds. */
export const HOUR_MS = 3_600_000;

/** In all, and of one question at most: beyond that it is asked whole each time. */
const MOST_BYTES = 64 * 1_048_576;
const MOST_BYTES_OF_ONE = 128 * 1_024;
/** About what an entry takes beside its key and its value: itself, its version, its place. */
const ENTRY_BYTES = 448;

/** By so much the database's clock may fall behind our own watch: usage writes versions for a day before it is remembered, less the longest transaction. */
const MOST_BEHIND_MS = HOUR_MS / 2;

/** Thrown by the answer of a read: what it rested on is no longer what is stored, or there is too much to remember. Then the question is to be asked whole. */
export class NotSettled extends Error {}

/** What each row of an answer begins with, see {@link withProof}. */
export interface ProofRecord {
  /** Of the subject's old usage; null while it has never changed. */
  readonly version: string | null;
  /** The instant before which usage counts as settled, in milliseconds since 1970; null where none does. */
  readonly settled_before: string | null;
}

/** What a question came to: before an instant, and from it on. */
export interface Split<P> {
  readonly before: P;
  readonly after: P;
}

/** A question about one subject's usage in a window, put together from what it comes to in parts of the window. */
export interface SettledQuestion<R extends ProofRecord, P> {
  /** Names the organization, the subject and all that the answer depends on. */
  readonly key: string;
  readonly from: Date;
  readonly to: Date;
  /** On which instants it can be told apart: multiples of this since 1970, in milliseconds. The finer, the less there is to ask, and the more often to remember. */
  readonly grainMs: number;
  /**
   * What is to be asked of usage from `since` on. Where more is to be remembered, it is to be told apart at a later `cut`. Both lie in the window or at
   * its ends.
   */
  readonly ask: (since: Date, cut: Date | null) => Pick<Read<unknown>, 'statement' | 'values'>;
  /** What was asked came to: all of it after the cut where there is none. Null where there is too much to tell. */
  readonly split: (records: readonly R[], cut: Date | null) => Split<P> | null;
  readonly add: (before: P, after: P) => P;
  /** How much memory it takes: rather more than less. */
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
 * is answered from what was remembered. What counts as settled, only the database's clock decides. Where that is set back, usage that was old is young
 * again, and may change without a new version: as soon as an answer shows it, all that was remembered is forgotten.
 *
 * One of each process; bounded, so that what was not asked for the longest gives way.
 */
@Injectable()
export class SettledUsage {
  private entries = noEntries();
  /** By how much what is settled was ahead of our own watch when the database last said so: by it we only guess when there is more to remember. */
  private aheadMs: number | undefined;
  /** The most it has been ahead of it since anything was forgotten. */
  private mostAheadMs = -Infinity;

  /**
   * The question as it is to be asked now; null where it is to be asked whole, since nothing of it is settled, or it comes to too much. The answer throws
   * {@link NotSettled} where the question is to be asked once more, whole, and not through here.
   */
  readOf<R extends ProofRecord, P>(question: SettledQuestion<R, P>): Read<P> | null {
    const { key, from, to } = question;
    const boundaryMs = this.boundaryMs(question);
    const known = this.entries.get(key);
    if (known?.part === TOO_MUCH && known.untilMs >= boundaryMs) return null;
    const rest = known?.part === TOO_MUCH ? undefined : known;
    const since = rest === undefined ? from : new Date(rest.untilMs);
    const cutMs = Math.min(Math.max(boundaryMs, since.getTime()), to.getTime());
    const isCut = cutMs > since.getTime() || this.aheadMs === undefined;
    if (!isCut) return rest === undefined ? null : this.readRest(question, rest as Entry<P>);
    const cut = new Date(cutMs);
    return {
      ...question.ask(since, cut),
      answer: (records: readonly R[]) => {
        const { version } = records[0]!;
        const settledMs = this.prove(key, rest, records[0]!);
        const { before: more, after } = this.split(question, records, cut);
        const before = rest === undefined ? more : question.add(rest.part as P, more);
        if (cut > since && cutMs <= settledMs) this.entries.set(key, entryOf(question, { untilMs: cutMs, version }, before));
        return question.add(before, after);
      },
    };
  }

  /** What came since what is remembered, and nothing to remember of it. */
  private readRest<R extends ProofRecord, P>(question: SettledQuestion<R, P>, rest: Entry<P>): Read<P> {
    return {
      ...question.ask(new Date(rest.untilMs), null),
      answer: (records: readonly R[]) => {
        this.prove(question.key, rest, records[0]!);
        return question.add(rest.part, this.split(question, records, null).after);
      },
    };
  }

  /** Where what was remembered is what is stored, the instant before which usage is settled now. @throws NotSettled */
  private prove(key: string, rest: Entry | undefined, { version, settled_before: settledBefore }: ProofRecord): number {
    const settledMs = settledBefore === null ? -Infinity : Number(settledBefore);
    this.noteSettled(settledMs);
    if (rest === undefined || (rest.version === version && rest.untilMs <= settledMs)) return settledMs;
    if (this.entries.get(key) === rest) this.entries.delete(key);
    throw new NotSettled('what was remembered is no longer what is stored');
  }

  /** @throws NotSettled where the database's clock was set back */
  private noteSettled(settledMs: number): void {
    this.aheadMs = settledMs - performance.now();
    if (this.aheadMs >= this.mostAheadMs - MOST_BEHIND_MS) {
      this.mostAheadMs = Math.max(this.mostAheadMs, this.aheadMs);
      return;
    }
    this.mostAheadMs = this.aheadMs;
    this.entries = noEntries();
    throw new NotSettled('what was settled is so no longer');
  }

  private split<R extends ProofRecord, P>(question: SettledQuestion<R, P>, records: readonly R[], cut: Date | null): Split<P> {
    const asked = question.split(records, cut);
    if (asked !== null) return asked;
    this.entries.set(question.key, entryOf(question, { untilMs: this.boundaryMs(question), version: null }, TOO_MUCH));
    throw new NotSettled('there is too much to be told apart');
  }

  /** The last instant of the grain before which all is settled, as far as we know. */
  private boundaryMs({ grainMs }: Pick<SettledQuestion<never, never>, 'grainMs'>): number {
    return Math.floor(((this.aheadMs ?? -Infinity) + performance.now()) / grainMs) * grainMs;
  }

  /** Bytes that are remembered, about. */
  get bytes(): number {
    return this.entries.size;
  }
}

function noEntries(): LruMap<string, Entry> {
  return new LruMap(MOST_BYTES, ({ bytes }) => bytes);
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

/**
 * What proves that an answer still stands: the version of the old usage of a subject, of which the first parameter of the statement is the shard key, and
 * what is settled. Whose version it is, the policy sees to.
 */
export const PROOF = `(SELECT v.version FROM usage_version v WHERE v.shard_key = $1::bigint) AS version,
      CASE WHEN isfinite(settled_before()) THEN floor(extract(epoch FROM settled_before()) * 1000)::bigint END AS settled_before`;

/**
 * A statement with its proof in front of each row, and one row at least, whose other columns are null where there is none.
 *
 * @param sql a SELECT, its first parameter the subject's shard key
 */
export function withProof(name: string, sql: string): PreparedStatement {
  return {
    name,
    sql: `
    SELECT s.*, x.* FROM (SELECT ${PROOF}) AS s LEFT JOIN (${sql}
    ) AS x ON true`,
  };
}
