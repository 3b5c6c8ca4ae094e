import type { UsageEvent } from '@tallymark/domain';
import { EPOCH_2000_MS } from './copy-binary.js';

/**
 * Rows of the table `event` in the binary format of PostgreSQL's COPY, as they wait for their commit. Everything up to the texts has its fixed place:
 *
 * | field        | length before it at | value at |
 * | ------------ | ------------------- | -------- |
 * | (fields)     |                     | 0        |
 * | shard_key    | 2                   | 6        |
 * | occurred_at  | 14                  | 18       |
 * | identity     | 26                  | 30       |
 * | commit_id    | 46                  | 50       |
 * | organization | 58                  | 62       |
 * | time_given   | 78                  | 82       |
 * | texts, data  | 83 and on           |          |
 */
export const EVENT_ROW = {
  columns: 'shard_key, occurred_at, identity, commit_id, organization_id, time_given, subject, type, source, event_id, data',
  fields: 11,
  shardAt: 6,
  timeAt: 18,
  identityAt: 30,
  commitAt: 50,
  organizationAt: 62,
  timeGivenAt: 82,
  textsAt: 83,
} as const;

const SHARD_BYTES = 8;
const TIME_BYTES = 8;
const UUID_BYTES = 16;
const LENGTH_BYTES = 4;
const JSONB_VERSION_BYTES = 1;
const INT32 = 0x1_0000_0000;

/** Indexes among the bytes of rows; the end is exclusive. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Where the texts of a row stand. */
export interface EventTexts {
  readonly subject: Place;
  readonly type: Place;
  readonly source: Place;
  readonly id: Place;
  readonly data: Place | null;
}

/**
 * Events as the rows that their commit will copy. A parsed event is a dozen objects, which the collector would carry along until the commit; a row is a
 * few hundred bytes outside its heap. What is seldom asked for is read back from the bytes.
 */
export class EventRows {
  /**
   * @param bytes of all rows, one behind the other
   * @param ends where each ends
   */
  constructor(
    readonly bytes: Buffer,
    private readonly ends: Uint32Array,
  ) {}

  /** Rows behind each other, in a buffer of their own; a single part is itself. */
  static join(parts: readonly EventRows[]): EventRows {
    if (parts.length === 1) return parts[0]!;
    const ends = new Uint32Array(parts.reduce((sum, { count }) => sum + count, 0));
    let start = 0;
    let count = 0;
    for (const part of parts) {
      for (let index = 0; index < part.count; index++) ends[count++] = start + part.ends[index]!;
      start += part.bytes.length;
    }
    return new EventRows(Buffer.concat(parts.map(({ bytes }) => bytes)), ends);
  }

  get count(): number {
    return this.ends.length;
  }

  startOf(index: number): number {
    return index === 0 ? 0 : this.ends[index - 1]!;
  }

  endOf(index: number): number {
    return this.ends[index]!;
  }

  /** The rows from `start`, inclusive, to `end`, exclusive; they share the bytes. */
  slice(start: number, end: number): EventRows {
    const first = this.startOf(start);
    return new EventRows(
      this.bytes.subarray(first, end > start ? this.endOf(end - 1) : first),
      this.ends.slice(start, end).map((place) => place - first),
    );
  }

  /** Gives every row its commit, and those of events that bear no time that of their receipt. Again with other values is fine. */
  stamp(commitId: string, receivedAt: Date): void {
    const { bytes } = this;
    const commit = BigInt(commitId);
    const high = Number(commit >> 32n);
    const low = Number(commit & 0xffff_ffffn);
    const received = (receivedAt.getTime() - EPOCH_2000_MS) * 1_000;
    for (let index = 0; index < this.count; index++) {
      const start = this.startOf(index);
      writeInt32(bytes, start + EVENT_ROW.commitAt, high);
      writeInt32(bytes, start + EVENT_ROW.commitAt + 4, low);
      if (bytes[start + EVENT_ROW.timeGivenAt] === 0) writeInt64(bytes, start + EVENT_ROW.timeAt, received);
    }
  }

  /** The first 40 bits of the shard key, so that they sort as the signed number does. */
  firstBitsAt(index: number): number {
    const { bytes } = this;
    const at = this.startOf(index) + EVENT_ROW.shardAt;
    const high = ((bytes[at]! ^ 0x80) << 8) | bytes[at + 1]!;
    const low = (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!;
    return high * 0x100_0000 + low;
  }

  /** Below, above or 0, as PostgreSQL compares shard key and identity. */
  compareKeys(first: number, second: number): number {
    const { bytes } = this;
    const a = this.startOf(first);
    const b = this.startOf(second);
    const { shardAt, identityAt } = EVENT_ROW;
    // The sign of a shard key decides before its bits do.
    const sign = (bytes[a + shardAt]! ^ 0x80) - (bytes[b + shardAt]! ^ 0x80);
    if (sign !== 0) return sign;
    return compareBytes(bytes, a + shardAt, b + shardAt, SHARD_BYTES) || compareBytes(bytes, a + identityAt, b + identityAt, UUID_BYTES);
  }

  /** Whether two rows of one identity are of the very same event: same type, same time or none, same data to the byte. */
  haveSameContent(first: number, second: number): boolean {
    const { bytes } = this;
    const { timeAt, timeGivenAt } = EVENT_ROW;
    const a = this.startOf(first);
    const b = this.startOf(second);
    const length = this.endOf(first) - a;
    if (this.endOf(second) - b !== length || compareBytes(bytes, a + timeGivenAt, b + timeGivenAt, length - timeGivenAt) !== 0)
      return false;
    return bytes[a + timeGivenAt] === 0 || compareBytes(bytes, a + timeAt, b + timeAt, TIME_BYTES) === 0;
  }

  organizationAt(index: number): string {
    return this.uuidAt(index, EVENT_ROW.organizationAt);
  }

  /** How many of these rows each organization has. */
  countByOrganization(indexes: Uint32Array): Map<string, number> {
    const counts = new Map<string, number>();
    let organizationId = '';
    let last = -1;
    for (const index of indexes) {
      // Most commits are of one organization.
      if (last < 0 || !this.isOfSameOrganization(last, index)) organizationId = this.organizationAt(index);
      last = index;
      counts.set(organizationId, (counts.get(organizationId) ?? 0) + 1);
    }
    return counts;
  }

  identityAt(index: number): string {
    return this.uuidAt(index, EVENT_ROW.identityAt);
  }

  /** A signed decimal string. */
  shardKeyAt(index: number): string {
    return this.bytes.readBigInt64BE(this.startOf(index) + EVENT_ROW.shardAt).toString();
  }

  /** Microseconds since 2000-01-01 UTC. Of an event without a time only after {@link stamp}. */
  microsecondsAt(index: number): number {
    const at = this.startOf(index) + EVENT_ROW.timeAt;
    return this.bytes.readInt32BE(at) * INT32 + this.bytes.readUInt32BE(at + 4);
  }

  /** RFC 3339 in UTC with six digits. Of an event without a time only after {@link stamp}. */
  occurredAt(index: number): string {
    const microseconds = this.microsecondsAt(index);
    const seconds = Math.floor(microseconds / 1_000_000);
    const fraction = String(microseconds - seconds * 1_000_000).padStart(6, '0');
    return `${new Date(EPOCH_2000_MS + seconds * 1_000).toISOString().slice(0, 19)}.${fraction}Z`;
  }

  /** The event that the row was made of, with six digits in its time. */
  eventAt(index: number): UsageEvent {
    const { subject, type, source, id, data } = this.textsAt(index);
    const textOf = ({ start, end }: Place): string => this.bytes.toString('utf8', start, end);
    const hasTime = this.bytes[this.startOf(index) + EVENT_ROW.timeGivenAt] === 1;
    return {
      id: textOf(id),
      source: textOf(source),
      type: textOf(type),
      subject: textOf(subject),
      time: hasTime ? this.occurredAt(index) : null,
      dataJson: data === null ? null : textOf(data),
    };
  }

  /** Where its texts stand in UTF-8. */
  textsAt(index: number): EventTexts {
    const subject = this.placeAt(this.startOf(index) + EVENT_ROW.textsAt);
    const type = this.placeAt(subject.end);
    const source = this.placeAt(type.end);
    const id = this.placeAt(source.end);
    const start = id.end + LENGTH_BYTES + JSONB_VERSION_BYTES;
    const end = this.endOf(index);
    return { subject, type, source, id, data: start > end ? null : { start, end } };
  }

  private placeAt(lengthAt: number): Place {
    const start = lengthAt + LENGTH_BYTES;
    return { start, end: start + this.bytes.readInt32BE(lengthAt) };
  }

  private isOfSameOrganization(first: number, second: number): boolean {
    const { organizationAt } = EVENT_ROW;
    return compareBytes(this.bytes, this.startOf(first) + organizationAt, this.startOf(second) + organizationAt, UUID_BYTES) === 0;
  }

  private uuidAt(index: number, place: number): string {
    const at = this.startOf(index) + place;
    const hex = this.bytes.toString('hex', at, at + UUID_BYTES);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}

function compareBytes(bytes: Buffer, a: number, b: number, count: number): number {
  for (let index = 0; index < count; index++) {
    const difference = bytes[a + index]! - bytes[b + index]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
}

/** @param value an integer that a double holds */
export function writeInt64(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / INT32);
  writeInt32(bytes, at, high);
  writeInt32(bytes, at + 4, value - high * INT32);
}
