import { EVENT_LIMITS } from '@tallymark/domain';
import type { CloudEventOptions } from './parse-event.js';
import { endOfPlainAttribute, endOfPlainSource } from './plain-attribute.js';
import { endOfPlainObject, isTextAt, NOT_PLAIN, skipSpace } from './plain-json.js';
import { createPlainTimeReader, type PlainTimeReader } from './plain-time.js';
import type { EventRequestKind } from './request-kind.js';

/** Where the parts of an event stand among the bytes of a request: from the start, inclusive, to the end, exclusive. */
export interface PlainEvent {
  readonly idStart: number;
  readonly idEnd: number;
  readonly sourceStart: number;
  readonly sourceEnd: number;
  readonly typeStart: number;
  readonly typeEnd: number;
  readonly subjectStart: number;
  readonly subjectEnd: number;
  /** Microseconds since 1970 UTC; NaN when the event bears none. */
  readonly timeMicroseconds: number;
  /** A JSON object, white space and all; equal when the event has no data. */
  readonly dataStart: number;
  readonly dataEnd: number;
}

/** Gets an event. @returns false to have reading end, as if the event were not plain. */
export type PlainEventTaker = (event: PlainEvent) => boolean;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Reads the events of a request from its bytes, without making a value of any: the fast path for what nearly all events are. An event is plain when
 * it is one that `createCloudEventParser` accepts, and is written so that a look at each byte tells: its attributes are those of CloudEvents, each at
 * most once, in printable ASCII without escapes, its time is in UTC with none, three or six digits of a second, its data are plain
 * (`endOfPlainObject`).
 *
 * @param bytes of well-formed UTF-8
 * @param onEvent gets each in order; the object is the same every time, and its values hold during the call.
 * @returns false as soon as anything is not plain, which says nothing about whether it is right; what `onEvent` got is to be forgotten then.
 */
export function readPlainEvents(bytes: Uint8Array, kind: EventRequestKind, options: CloudEventOptions, onEvent: PlainEventTaker): boolean {
  const reader = new PlainEventReader(bytes, options);
  let at = skipSpace(bytes, 0);
  if (bytes[at] === OPEN_OBJECT) {
    if (kind !== 'single' && kind !== 'single-or-batch') return false;
    at = reader.read(at, onEvent);
    return at >= 0 && skipSpace(bytes, at) === bytes.length;
  }
  if (bytes[at] !== OPEN_ARRAY || (kind !== 'batch' && kind !== 'single-or-batch')) return false;
  for (let count = 1; count <= EVENT_LIMITS.eventsPerRequest; count++) {
    at = reader.read(skipSpace(bytes, at + 1), onEvent);
    if (at < 0) return false;
    at = skipSpace(bytes, at);
    if (bytes[at] === CLOSE_ARRAY) return skipSpace(bytes, at + 1) === bytes.length;
    if (bytes[at] !== COMMA) return false;
  }
  return false;
}

const MEMBERS = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'data', 'datacontenttype'] as const;
type Member = (typeof MEMBERS)[number];
const REQUIRED = bitsOf('id', 'source', 'type', 'subject');

function bitsOf(...members: Member[]): number {
  return members.reduce((bits, member) => bits | (1 << MEMBERS.indexOf(member)), 0);
}

class PlainEventReader {
  private readonly required: number;
  private readonly readTime: PlainTimeReader;
  private readonly event: { -readonly [Name in keyof PlainEvent]: number } = {
    idStart: 0,
    idEnd: 0,
    sourceStart: 0,
    sourceEnd: 0,
    typeStart: 0,
    typeEnd: 0,
    subjectStart: 0,
    subjectEnd: 0,
    timeMicroseconds: Number.NaN,
    dataStart: 0,
    dataEnd: 0,
  };

  constructor(
    private readonly bytes: Uint8Array,
    options: CloudEventOptions,
  ) {
    this.required = options.specversion === 'optional' ? REQUIRED : REQUIRED | bitsOf('specversion');
    this.readTime = createPlainTimeReader(options);
  }

  /** @returns the index after the event that begins at `start`, or {@link NOT_PLAIN} */
  read(start: number, onEvent: PlainEventTaker): number {
    const { bytes, event } = this;
    if (bytes[start] !== OPEN_OBJECT) return NOT_PLAIN;
    event.timeMicroseconds = Number.NaN;
    event.dataStart = event.dataEnd = 0;
    let seen = 0;
    let index = -1;
    let at = start;
    do {
      at = skipSpace(bytes, at + 1);
      index = memberAt(bytes, at, index + 1);
      if (index < 0 || (seen & (1 << index)) !== 0) return NOT_PLAIN;
      seen |= 1 << index;
      const member = MEMBERS[index]!;
      at = skipSpace(bytes, at + member.length + 2);
      if (bytes[at] !== COLON) return NOT_PLAIN;
      at = this.readValue(member, skipSpace(bytes, at + 1));
      if (at < 0) return NOT_PLAIN;
      at = skipSpace(bytes, at);
    } while (bytes[at] === COMMA);
    return bytes[at] === CLOSE_OBJECT && (seen & this.required) === this.required && onEvent(event) ? at + 1 : NOT_PLAIN;
  }

  /** @returns the index after it, or {@link NOT_PLAIN} */
  private readValue(member: Member, start: number): number {
    if (this.bytes[start] === QUOTE) {
      const end = this.readText(member, start + 1);
      return end < 0 ? NOT_PLAIN : end + 1;
    }
    if (member !== 'data' && member !== 'time' && member !== 'datacontenttype') return NOT_PLAIN;
    if (isTextAt(this.bytes, start, 'null')) return start + 4;
    return member === 'data' ? this.readData(start) : NOT_PLAIN;
  }

  /** @returns the index of the closing quote, or {@link NOT_PLAIN} */
  private readText(member: Member, start: number): number {
    const { bytes, event } = this;
    const end = endOfPlainAttribute(bytes, start);
    switch (member) {
      case 'id':
        event.idStart = start;
        return (event.idEnd = end);
      case 'type':
        event.typeStart = start;
        return (event.typeEnd = end);
      case 'subject':
        event.subjectStart = start;
        return (event.subjectEnd = end);
      case 'source':
        event.sourceStart = start;
        return (event.sourceEnd = endOfPlainSource(bytes, start));
      case 'time':
        event.timeMicroseconds = this.readTime(bytes, start, end);
        return Number.isNaN(event.timeMicroseconds) ? NOT_PLAIN : end;
      case 'specversion':
        return end - start === 3 && isTextAt(bytes, start, '1.0') ? end : NOT_PLAIN;
      case 'datacontenttype':
        return end - start === 16 && isTextAt(bytes, start, 'application/json') ? end : NOT_PLAIN;
      case 'data':
        return NOT_PLAIN;
    }
  }

  private readData(start: number): number {
    const end = endOfPlainObject(this.bytes, start);
    this.event.dataStart = start;
    this.event.dataEnd = end;
    return end - start > EVENT_LIMITS.dataBytes ? NOT_PLAIN : end;
  }
}

/** Which member's name stands here in quotes; -1 for none. @param guess where to look first: senders write the members of each event in one order */
function memberAt(bytes: Uint8Array, start: number, guess: number): number {
  if (bytes[start] !== QUOTE) return NOT_PLAIN;
  for (let count = 0, index = guess; count < MEMBERS.length; count++, index++) {
    if (index >= MEMBERS.length) index = 0;
    const name = MEMBERS[index]!;
    if (isTextAt(bytes, start + 1, name) && bytes[start + 1 + name.length] === QUOTE) return index;
  }
  return NOT_PLAIN;
}
