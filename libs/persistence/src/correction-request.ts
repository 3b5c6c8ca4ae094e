import { createHash } from 'node:crypto';
import { normalizeEventTime, parseRfc3339 } from '@tallymark/date-window';
import { eventIdentity, shardKey } from './event-identity.js';

/** How a correction names an event: as its sender did. */
export interface EventName {
  readonly subject: string;
  readonly source: string;
  readonly id: string;
}

/** An event of a backfill. Its data stay in the database, where no digit of theirs is lost. */
export interface BackfillEvent extends EventName {
  readonly type: string;
  readonly time: string;
}

/** What a correction asks for, as the column `request` holds it. Members other than these are for people. */
export type CorrectionRequest =
  | {
      readonly kind: 'amend';
      readonly event: EventName;
      /** What becomes other; what is absent stays. `data` is replaced as a whole. */
      readonly replacement: { readonly type?: string; readonly time?: string; readonly subject?: string; readonly data?: unknown };
    }
  | { readonly kind: 'void'; readonly event: EventName }
  | {
      readonly kind: 'backfill';
      /** Half-open, RFC 3339. */
      readonly window: { readonly from: string; readonly to: string };
      /** Whose events are replaced; null for everybody's. */
      readonly subjects: readonly string[] | null;
      /** Events of which types are replaced; null for all. */
      readonly types: readonly string[] | null;
      readonly events: readonly BackfillEvent[];
    };

/** The place of an event in the log: its shard, and its identity there. */
export interface EventKey {
  readonly shardKey: string;
  readonly identity: string;
}

/** Where the event of a name is kept, if it is. */
export function keyOf(organizationId: string, name: EventName): EventKey {
  return { shardKey: shardKey(organizationId, name.subject), identity: eventIdentity(organizationId, name) };
}

/** The identity of an event that a correction puts in the place of one whose identity is taken: 128 bits of SHA-256 of both. */
export function replacementIdentity(identity: string, correctionId: string): string {
  const hex = createHash('sha256').update(`${identity}:${correctionId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** Reads what the column holds. It was checked when it was written. */
export function readCorrectionRequest(kind: CorrectionRequest['kind'], request: Readonly<Record<string, unknown>>): CorrectionRequest {
  const read = { subjects: null, types: null, ...request, kind } as unknown as CorrectionRequest;
  if (read.kind !== 'backfill') return read;
  // Finer than a millisecond nobody can ask: the events of the request were checked against these bounds.
  const window = { from: parseRfc3339(read.window.from).toISOString(), to: parseRfc3339(read.window.to).toISOString() };
  return { ...read, window, events: read.events.map((event) => ({ ...event, time: normalizeEventTime(event.time) })) };
}
