import { createHash } from 'node:crypto';

/**
 * The shard key of an organization's subject: the first 64 bits of a SHA-256, as a signed decimal string (a PostgreSQL bigint).
 * Every table that grows with traffic leads with it, so that one subject's rows lie together, on one machine.
 */
export function shardKey(organizationId: string, subject: string): string {
  return hashParts(organizationId, subject).readBigInt64BE(0).toString();
}

/**
 * The identity of an event, organization + subject + source + id, as a UUID of 128 bits of their SHA-256.
 * Each part is prefixed with its length, so that ("a-b", "c") and ("a", "b-c") differ.
 */
export function eventIdentity(
  organizationId: string,
  event: { readonly subject: string; readonly source: string; readonly id: string },
): string {
  const hex = hashParts(organizationId, event.subject, event.source, event.id).toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function hashParts(...parts: string[]): Buffer {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return createHash('sha256').update(text).digest();
}

const COUNTER_BITS = 20n;

/** Ids of group commits: milliseconds of receipt in the upper bits, a counter that starts at random in the lower 20, so that writers need no common sequence. */
export function createCommitIds(randomStart: number): (receivedAt: Date) => string {
  let counter = BigInt(Math.floor(randomStart * 2 ** Number(COUNTER_BITS)));
  return (receivedAt) => {
    counter = (counter + 1n) % (1n << COUNTER_BITS);
    return ((BigInt(receivedAt.getTime()) << COUNTER_BITS) | counter).toString();
  };
}

/** When a commit was received, to the millisecond. */
export function commitReceivedAt(commitId: string): Date {
  return new Date(Number(BigInt(commitId) >> COUNTER_BITS));
}

/** The smallest commit id of an instant: commits received from then on have this id or a greater one. */
export function firstCommitId(receivedAt: Date): string {
  return (BigInt(receivedAt.getTime()) << COUNTER_BITS).toString();
}
