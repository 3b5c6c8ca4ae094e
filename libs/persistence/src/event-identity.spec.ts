import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createShardCache, eventIdentity, eventIdentityBytes, shardKey, uuidOfBytes } from './event-identity.js';

const ORGANIZATION = '0192d3a0-0000-7000-8000-000000000001';
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });

describe('identities', () => {
  it('stay what they were', () => {
    // Computed with sha256sum of `36:0192d3a0-…4:acme5:/test2:e1` and `36:0192d3a0-…4:acme`: what is stored bears them.
    expect(eventIdentity(ORGANIZATION, { subject: 'acme', source: '/test', id: 'e1' })).toBe('67dbbedd-fb02-13f9-3c0a-6a129329be72');
    expect(shardKey(ORGANIZATION, 'acme')).toBe('6119430178760230916');
  });

  it('are the same as bytes', () => {
    fc.assert(
      fc.property(text, text, text, (subject, source, id) => {
        const event = { subject, source, id };
        expect(uuidOfBytes(eventIdentityBytes(ORGANIZATION, event))).toBe(eventIdentity(ORGANIZATION, event));
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
  it('gives the shard key as text and as bytes', () => {
    const shardOf = createShardCache();
    fc.assert(
      fc.property(text, (subject) => {
        for (const shard of [shardOf(ORGANIZATION, subject), shardOf(ORGANIZATION, subject)]) {
          expect(shard.key).toBe(shardKey(ORGANIZATION, subject));
          expect(Buffer.from(shard.bytes, 'latin1').readBigInt64BE(0).toString()).toBe(shard.key);
        }
      }),
    );
  });

  it('tells organizations apart, and forgets when it is full', () => {
    const shardOf = createShardCache();
    for (let index = 0; index < 20_001; index++) shardOf(ORGANIZATION, `subject-${index}`);
    const other = ORGANIZATION.replace(/1$/, '2');
    expect(shardOf(other, 'acme').key).toBe(shardKey(other, 'acme'));
    expect(shardOf(ORGANIZATION, 'acme').key).toBe(shardKey(ORGANIZATION, 'acme'));
  });
});
