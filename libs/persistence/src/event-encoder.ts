import type { UsageEvent } from '@tallymark/domain';
import type { PlainEvent } from '@tallymark/provider-contracts';
import { createTimestampReader, EPOCH_2000_MS } from './copy-binary.js';
import { createIdentityHasher, createShardCache } from './event-identity.js';
import { EVENT_ROW, EventRows, writeInt32, writeInt64 } from './event-rows.js';

/** An event on its way into the log. */
export interface EventToAppend {
  readonly organizationId: string;
  readonly event: UsageEvent;
}

const JSONB_VERSION = 1;
const EPOCH_2000_MICROSECONDS = EPOCH_2000_MS * 1_000;
/** A UTF-16 unit takes three bytes of UTF-8 at the most. */
const MOST_BYTES_A_UNIT = 3;
/** Lengths of the five texts, and the version of the data. */
const TEXT_HEADS_BYTES = 5 * 4 + 1;
const FIRST_BYTES = 256 * 1024;
const FIRST_COUNT = 1_024;
/** A single request may need more for once; that is not kept. */
const MOST_KEPT_BYTES = 8 * 1024 * 1024;

/** The head of a row of an organization, with everything in it that no event says. */
function rowHead(organizationId: string): Uint8Array {
  const head = new Uint8Array(EVENT_ROW.textsAt);
  head[1] = EVENT_ROW.fields;
  const { shardAt, timeAt, identityAt, commitAt, organizationAt, timeGivenAt, textsAt } = EVENT_ROW;
  const places = [shardAt, timeAt, identityAt, commitAt, organizationAt, timeGivenAt, textsAt + 4];
  places.slice(0, -1).forEach((place, index) => writeInt32(head, place - 4, places[index + 1]! - place - 4));
  head.set(Buffer.from(organizationId.replaceAll('-', ''), 'hex'), organizationAt);
  return head;
}

/**
 * Writes events as {@link EventRows}, each as soon as it is checked. One encoder serves all requests, one after the other: it remembers the shard keys
 * of subjects, and its buffer.
 */
export class EventEncoder {
  private readonly shardOf = createShardCache();
  private readonly identities = createIdentityHasher();
  private readonly readTime = createTimestampReader();
  private organizationId = '';
  private head: Uint8Array = new Uint8Array();
  private bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private length = 0;
  private ends = new Uint32Array(FIRST_COUNT);
  private count = 0;

  /** The rows of these events, in order. */
  encode(events: readonly EventToAppend[]): EventRows {
    this.clear();
    for (const { organizationId, event } of events) this.add(organizationId, event);
    return this.take();
  }

  /** Forgets what was added and not taken. */
  clear(): void {
    this.length = 0;
    this.count = 0;
  }

  /** The rows that were added since, in order. */
  take(): EventRows {
    const rows = new EventRows(Buffer.from(this.bytes.subarray(0, this.length)), this.ends.slice(0, this.count));
    this.clear();
    if (this.bytes.length > MOST_KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    return rows;
  }

  /** @param event in the form that `createCloudEventParser` gives */
  add(organizationId: string, event: UsageEvent): void {
    const { subject, type, source, id, time, dataJson } = event;
    const units = subject.length + type.length + source.length + id.length + (dataJson?.length ?? 0);
    this.reserve(EVENT_ROW.textsAt + TEXT_HEADS_BYTES + MOST_BYTES_A_UNIT * units);
    const start = this.beginRow(organizationId, subject);
    if (time !== null) this.setTime(start, this.readTime(time));
    this.identities.ofEvent(organizationId, event, this.bytes, start + EVENT_ROW.identityAt);
    for (const text of [subject, type, source, id]) this.addText(text);
    this.addData(dataJson);
    this.endRow();
  }

  /**
   * Adds an event from the bytes of its request: the fast path, with no value of anything but its subject.
   *
   * @param event plain, as `readPlainEvents` tells it
   */
  addPlain(organizationId: string, source: Buffer, event: PlainEvent): void {
    const { subjectStart, subjectEnd, timeMicroseconds, dataStart, dataEnd } = event;
    // Every part of it is shorter in the row than it is in the request, but for their lengths.
    this.reserve(EVENT_ROW.textsAt + TEXT_HEADS_BYTES + lengthOf(event));
    const start = this.beginRow(organizationId, source.toString('latin1', subjectStart, subjectEnd));
    if (!Number.isNaN(timeMicroseconds)) this.setTime(start, timeMicroseconds - EPOCH_2000_MICROSECONDS);
    this.identities.ofPlainEvent(organizationId, source, event, this.bytes, start + EVENT_ROW.identityAt);
    this.addBytes(source, subjectStart, subjectEnd);
    this.addBytes(source, event.typeStart, event.typeEnd);
    this.addBytes(source, event.sourceStart, event.sourceEnd);
    this.addBytes(source, event.idStart, event.idEnd);
    if (dataEnd > dataStart) this.addPlainData(source, dataStart, dataEnd);
    else this.addData(null);
    this.endRow();
  }

  private beginRow(organizationId: string, subject: string): number {
    if (organizationId !== this.organizationId) {
      this.head = rowHead(organizationId);
      this.organizationId = organizationId;
    }
    const { head } = this;
    const { bytes, length: start } = this;
    bytes.set(head, start);
    const shard = this.shardOf(organizationId, subject);
    for (let index = 0; index < shard.length; index++) bytes[start + EVENT_ROW.shardAt + index] = shard.charCodeAt(index);
    this.length = start + head.length;
    return start;
  }

  private endRow(): void {
    if (this.count === this.ends.length) {
      const more = new Uint32Array(2 * this.count);
      more.set(this.ends);
      this.ends = more;
    }
    this.ends[this.count++] = this.length;
  }

  private setTime(start: number, microseconds: number): void {
    writeInt64(this.bytes, start + EVENT_ROW.timeAt, microseconds);
    this.bytes[start + EVENT_ROW.timeGivenAt] = 1;
  }

  private addText(text: string): void {
    const start = this.length + 4;
    const length = this.bytes.write(text, start, 'utf8');
    writeInt32(this.bytes, start - 4, length);
    this.length = start + length;
  }

  private addData(dataJson: string | null): void {
    const at = this.length;
    if (dataJson === null) {
      writeInt32(this.bytes, at, -1);
      this.length = at + 4;
      return;
    }
    const length = this.bytes.write(dataJson, at + 5, 'utf8');
    writeInt32(this.bytes, at, length + 1);
    this.bytes[at + 4] = JSONB_VERSION;
    this.length = at + 5 + length;
  }

  private addBytes(source: Buffer, from: number, to: number): void {
    const { bytes } = this;
    let at = this.length;
    writeInt32(bytes, at, to - from);
    at += 4;
    for (let index = from; index < to; index++) bytes[at++] = source[index]!;
    this.length = at;
  }

  /** Leaves out the white space between its tokens, so that it is what parsing and writing it again would give. */
  private addPlainData(source: Buffer, from: number, to: number): void {
    const { bytes } = this;
    const start = this.length;
    let at = start + 5;
    let isInText = false;
    for (let index = from; index < to; index++) {
      const byte = source[index]!;
      if (byte === QUOTE) isInText = !isInText;
      else if (byte === BACKSLASH) bytes[at++] = source[index++]!;
      else if (byte <= SPACE && !isInText) continue;
      bytes[at++] = source[index]!;
    }
    writeInt32(bytes, start, at - start - 4);
    bytes[start + 4] = JSONB_VERSION;
    this.length = at;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + bytes));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function lengthOf(event: PlainEvent): number {
  return (
    event.subjectEnd -
    event.subjectStart +
    (event.typeEnd - event.typeStart) +
    (event.sourceEnd - event.sourceStart) +
    (event.idEnd - event.idStart) +
    (event.dataEnd - event.dataStart)
  );
}
