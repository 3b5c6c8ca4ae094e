import { type LogProof, LruMap, type RequestHistoryQuery } from '@tallymark/persistence';

/** A page as it was answered, and what proves that it still stands. */
export interface KeptPage {
  readonly proof: LogProof;
  readonly text: string;
}

interface Entry extends KeptPage {
  readonly key: string;
  /** Whether the page came out the same when it was last read, or was never read before. */
  readonly isQuiet: boolean;
}

/** Bytes of all pages together. */
const MOST_BYTES = 32_000_000;
/** What a page takes beside its text: its proof, its place. */
const ENTRY_BYTES = 500;

/**
 * The newest page of each subject that was asked for one of late. The pages not asked for the longest give way.
 *
 * Of a subject that makes requests between one page and the next, to ask whether the page stands is a round trip in vain: so a page that has changed is
 * read the next time without asking, until it comes out the same twice.
 */
export class KeptPages {
  private readonly entries: LruMap<string, Entry>;

  /** @param mostBytes of memory, about */
  constructor(mostBytes = MOST_BYTES) {
    this.entries = new LruMap(mostBytes, bytesOf);
  }

  /** The page to be proven; undefined where there is none, or it is likely to have changed. */
  recall(history: RequestHistoryQuery): KeptPage | undefined {
    const entry = this.entries.get(keyOf(history));
    return entry?.isQuiet ? entry : undefined;
  }

  /** Takes a page that was just read. */
  keep(history: RequestHistoryQuery, { proof, text }: KeptPage): void {
    const key = keyOf(history);
    const known = this.entries.get(key);
    const isQuiet = known === undefined || (known.proof.state === proof.state && known.proof.from === proof.from);
    this.entries.set(key, { key, proof, text, isQuiet });
  }

  /** What is kept, in bytes, about. */
  get bytes(): number {
    return this.entries.size;
  }
}

/** What a page depends on, beside the log. As JSON, several subjects are never taken for one. */
function keyOf({ organizationId, subjects, limit }: RequestHistoryQuery): string {
  return JSON.stringify([organizationId, limit, subjects]);
}

/** Two bytes a character, which is what a text takes that is not all Latin. */
function bytesOf({ key, text }: Entry): number {
  return 2 * (key.length + text.length) + ENTRY_BYTES;
}
