import { describe, expect, it } from '@jest/globals';
import { MemoryCredentials } from '../../test/fixture-service.js';
import { CREDENTIAL_CACHE_MS, CredentialCache } from './credential-cache.js';
import { CredentialSource, type StoredCredential } from './credential-source.js';

const at = (ms: number): Date => new Date(1_000_000 + ms);

describe('CredentialCache', () => {
  it('shares one look-up for its time, and sees a revocation after it', async () => {
    const source = new MemoryCredentials();
    const { hash } = source.issueStored();
    const cache = new CredentialCache(source);
    const find = (ms: number): ReturnType<CredentialCache['find']> => cache.find(Buffer.from(hash, 'hex'), at(ms));
    await Promise.all([find(0), find(0), find(CREDENTIAL_CACHE_MS - 1)]);
    expect(source.lookups).toBe(1);
    source.byHash.set(hash, { ...source.byHash.get(hash)!, revokedAt: at(10) });
    expect((await find(CREDENTIAL_CACHE_MS - 1))?.revokedAt).toBeNull();
    expect((await find(CREDENTIAL_CACHE_MS))?.revokedAt).toEqual(at(10));
    expect(source.lookups).toBe(2);
  });

  it('trusts a credential anew from when its source knows that it stood, by what it found itself', async () => {
    const stood: Date[] = [];
    class Telling extends MemoryCredentials {
      override lastStood({ customerVersion }: StoredCredential): Date | null {
        return customerVersion === 'first' ? (stood.at(-1) ?? null) : null;
      }
    }
    const source = new Telling();
    const { hash } = source.issueStored({ customerVersion: 'first' });
    const cache = new CredentialCache(source);
    const [key, bytes] = [Buffer.from(hash, 'hex').toString('base64'), Buffer.from(hash, 'hex')];
    await cache.find(bytes, at(0));
    expect(cache.recall(key, at(CREDENTIAL_CACHE_MS))).toBeUndefined();
    stood.push(at(3_000));
    expect(cache.recall(key, at(CREDENTIAL_CACHE_MS))).toBeDefined();
    expect(cache.recall(key, at(3_000 + CREDENTIAL_CACHE_MS - 1))).toBeDefined();
    expect(cache.recall(key, at(3_000 + CREDENTIAL_CACHE_MS))).toBeUndefined();
    // A clock that was put back: what stood in the future tells nothing.
    expect(cache.recall(key, at(2_999))).toBeUndefined();
    stood.push(at(7_000));
    await cache.find(bytes, at(11_999));
    expect(source.lookups).toBe(1);
    source.byHash.set(hash, { ...source.byHash.get(hash)!, customerVersion: 'second', revokedAt: at(12_000) });
    expect((await cache.find(bytes, at(12_000)))?.revokedAt).toEqual(at(12_000));
    stood.push(at(16_000));
    await cache.find(bytes, at(17_000));
    expect(source.lookups).toBe(3);
  });

  it('does not remember what is unknown: a key works as soon as it is stored', async () => {
    const source = new MemoryCredentials();
    const cache = new CredentialCache(source);
    const { hash } = new MemoryCredentials().issueStored();
    expect(await cache.find(Buffer.from(hash, 'hex'), at(0))).toBeNull();
    source.byHash.set(hash, {
      id: 'k',
      organizationId: 'o',
      customerId: null,
      name: 'n',
      scopes: [],
      expiresAt: null,
      revokedAt: null,
      customerVersion: null,
    });
    expect(await cache.find(Buffer.from(hash, 'hex'), at(1))).toMatchObject({ id: 'k' });
  });

  it('does not remember a failed look-up', async () => {
    let attempts = 0;
    class Failing extends CredentialSource {
      override findByHash(): Promise<null> {
        attempts++;
        return Promise.reject(new Error('away'));
      }
    }
    const cache = new CredentialCache(new Failing());
    await expect(cache.find(Buffer.alloc(32), at(0))).rejects.toThrow('away');
    await expect(cache.find(Buffer.alloc(32), at(0))).rejects.toThrow('away');
    expect(attempts).toBe(2);
  });

  it('holds no more than its bound, dropping what was used longest ago', async () => {
    const source = new MemoryCredentials();
    const hashes = Array.from({ length: 3 }, () => Buffer.from(source.issueStored().hash, 'hex'));
    const cache = new CredentialCache(source, 2);
    const [a, b, c] = hashes as [Buffer, Buffer, Buffer];
    for (const hash of [a, b, a, c]) await cache.find(hash, at(0));
    expect(source.lookups).toBe(3);
    await cache.find(a, at(0));
    expect(source.lookups).toBe(3);
    await cache.find(b, at(0));
    expect(source.lookups).toBe(4);
  });
});
