import { describe, expect, it } from '@jest/globals';
import { embeddedSettings, sharedBuffersMegabytes } from './embedded-settings.js';

const GIGABYTE = 1024 ** 3;

describe('settings of an embedded server', () => {
  it.each([
    { memory: 1, megabytes: 256 },
    { memory: 4, megabytes: 512 },
    { memory: 24, megabytes: 3_072 },
    { memory: 128, megabytes: 4_096 },
  ])('of $memory GB of memory it takes $megabytes MB for its own pages', ({ memory, megabytes }) => {
    expect(sharedBuffersMegabytes(memory * GIGABYTE)).toBe(megabytes);
    expect(embeddedSettings({ temporary: false, memoryBytes: memory * GIGABYTE })['shared_buffers']).toBe(`${megabytes}MB`);
  });

  it('has each commit on the disk before it is answered, unless it is temporary', () => {
    const durability = (temporary: boolean) => {
      const { fsync, full_page_writes, synchronous_commit } = embeddedSettings({ temporary });
      return [fsync, full_page_writes, synchronous_commit];
    };
    expect(durability(false)).toEqual(['on', 'on', 'on']);
    expect(durability(true)).toEqual(['off', 'off', 'off']);
  });
});
