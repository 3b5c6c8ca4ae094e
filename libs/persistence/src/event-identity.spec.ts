import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createIdentityHasher, createShardCache, eventIdentity, shardKey } from './event-identity.js';

const ORGANIZATION = '0192d3a0-0000-7000-8000-000000000001';
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });

describe('identities', () => {
  it('stay what they were', () => {
    // Computed with sha256sum of `36:0192d3a0-…4:acme5:/test2:e1` and `36:0192d3a0-…4:acme`: what is stored bears them.
    expect(eventIdentity(ORGANIZATION, { subject: 'acme', source: '/test', id: 'e1' })).toBe('67dbbedd-fb02-13f9-3c0a-6a129329be72');
    expect(shardKey(ORGANIZATION, 'acme')).toBe('6119430178760230916');
  });

  const hasher = createIdentityHasher();
  const organizations = fc.constantFrom(ORGANIZATION, ORGANIZATION.replace(/1$/, '2'));
  const uuidAt = (bytes: Buffer, at: number): string =>
    bytes.toString('hex', at, at + 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

  it('are the same as bytes', () => {
    fc.assert(
      fc.property(organizations, text, text, text, (organizationId, subject, source, id) => {
        const event = { subject, source, id };
        const bytes = Buffer.alloc(20);
        hasher.ofEvent(organizationId, event, bytes, 3);
        expect(uuidAt(bytes, 3)).toBe(eventIdentity(organizationId, event));
        expect([bytes[2], bytes[19]]).toEqual([0, 0]);
      }),
    );
  });

  it('are the same of events that are still bytes, however long their parts', () => {
    const ascii = fc.string({ minLength: 1, maxLength: 256 });
    fc.assert(
      fc.property(organizations, ascii, ascii, ascii, (organizationId, subject, source, id) => {
        const request = Buffer.from(`[${subject}|${source}|${id}]`);
        const subjectEnd = 1 + subject.length;
        const sourceEnd = subjectEnd + 1 + source.length;
        const idEnd = sourceEnd + 1 + id.length;
        const places = { subjectStart: 1, subjectEnd, sourceStart: subjectEnd + 1, sourceEnd, idStart: sourceEnd + 1, idEnd };
        const bytes = Buffer.alloc(16);
        hasher.ofPlainEvent(organizationId, request, places, bytes, 0);
        expect(uuidAt(bytes, 0)).toBe(eventIdentity(organizationId, { subject, source, id }));
      }),
    );
  });

  it('tell parts apart that read alike when joined', () => {
    expect(eventIdentity(ORGANIZATION, { subject: 'a-b', source: 'c', id: 'd' })).not.toBe(
      eventIdentity(ORGANIZATION, { subject: 'a', source: 'b-c', id: 'd' }),
    );
  });
});

describe('the shard cache', () => {
  const keyOf = (bytes: string): string => Buffer.from(bytes, 'latin1').readBigInt64BE(0).toString();

  it('gives the shard key as bytes', () => {
    const shardOf = createShardCache();
    fc.assert(
      fc.property(text, (subject) => {
        for (const shard of [shardOf(ORGANIZATION, subject), shardOf(ORGANIZATION, subject)]) {
          expect(keyOf(shard)).toBe(shardKey(ORGANIZATION, subject));
        }
      }),
    );
  });

  it('tells organizations apart, and forgets when it is full', () => {
    const shardOf = createShardCache();
    for (let index = 0; index < 20_001; index++) shardOf(ORGANIZATION, `subject-${index}`);
    const other = ORGANIZATION.replace(/1$/, '2');
    expect(keyOf(shardOf(other, 'acme'))).toBe(shardKey(other, 'acme'));
    expect(keyOf(shardOf(ORGANIZATION, 'acme'))).toBe(shardKey(ORGANIZATION, 'acme'));
  });
});
