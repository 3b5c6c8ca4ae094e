import type { EventRows, Place } from '@tallymark/persistence';
import type { CommitResult } from './group-commit.js';

const FIRST = '{"index":';
const NEXT = ',{"index":';
const ID = ',"id":"';
const SOURCE = '","source":"';
const SUBJECT = '","subject":"';
const STORED = '","verdict":"stored"}';
const DUPLICATE = '","verdict":"duplicate"}';
const END = ']}';
/** All of these, and an index of three digits. */
const MOST_BYTES_AN_EVENT = 80;
const DIGIT_ZERO = 0x30;

/**
 * The JSON of `renderEventsResponse` for plain events that are all stored or duplicates. Their attributes are written as they stand in their rows:
 * printable ASCII without quotes and backslashes reads in JSON as it is.
 */
export function renderPlainAnswer(rows: EventRows, results: readonly CommitResult[]): Buffer {
  const begin = `{"accepted":${results.length},"results":[`;
  const answer = new AnswerBytes(begin.length + rows.bytes.length + results.length * MOST_BYTES_AN_EVENT + END.length);
  answer.text(begin);
  for (let index = 0; index < results.length; index++) {
    const { id, source, subject } = rows.textsAt(index);
    answer.text(index === 0 ? FIRST : NEXT);
    answer.number(index);
    answer.text(ID);
    answer.copy(rows.bytes, id);
    answer.text(SOURCE);
    answer.copy(rows.bytes, source);
    answer.text(SUBJECT);
    answer.copy(rows.bytes, subject);
    answer.text(results[index]!.verdict === 'stored' ? STORED : DUPLICATE);
  }
  answer.text(END);
  return answer.take();
}

/** Larger answers are rare, and what is kept for them would stay. */
const MOST_KEPT_BYTES = 1024 * 1024;
/** What answers are written into, one after the other. An answer of its own for each would be of the size that it may have at the most, which is twice what it has. */
let kept = Buffer.allocUnsafeSlow(16 * 1024);

function bufferFor(mostBytes: number): Buffer {
  if (mostBytes > MOST_KEPT_BYTES) return Buffer.allocUnsafeSlow(mostBytes);
  if (mostBytes > kept.length) kept = Buffer.allocUnsafeSlow(Math.min(2 * mostBytes, MOST_KEPT_BYTES));
  return kept;
}

/** Byte by byte: for texts this short the call of an encoder takes longer. */
class AnswerBytes {
  private readonly bytes: Buffer;
  private length = 0;

  constructor(mostBytes: number) {
    this.bytes = bufferFor(mostBytes);
  }

  /** @param text in ASCII */
  text(text: string): void {
    const { bytes, length } = this;
    for (let index = 0; index < text.length; index++) bytes[length + index] = text.charCodeAt(index);
    this.length = length + text.length;
  }

  /** @param value below 1,000 */
  number(value: number): void {
    if (value >= 100) this.bytes[this.length++] = DIGIT_ZERO + Math.floor(value / 100);
    if (value >= 10) this.bytes[this.length++] = DIGIT_ZERO + (Math.floor(value / 10) % 10);
    this.bytes[this.length++] = DIGIT_ZERO + (value % 10);
  }

  copy(from: Buffer, { start, end }: Place): void {
    const { bytes } = this;
    let { length } = this;
    for (let index = start; index < end; index++) bytes[length++] = from[index]!;
    this.length = length;
  }

  take(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.length));
  }
}
