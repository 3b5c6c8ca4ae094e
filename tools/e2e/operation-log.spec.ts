import { describe, expect, it } from '@jest/globals';
import { createOperationLog, findViolations } from './operation-log.js';

const none = { lost: [], invented: [], repeated: [] };

describe('findViolations', () => {
  it.each([
    ['all acknowledged stored', ['a', 'b'], [], ['b', 'a'], none],
    ['an unknown one stored', ['a'], ['u'], ['a', 'u'], none],
    ['an unknown one not stored', ['a'], ['u'], ['a'], none],
    ['an acknowledged one missing', ['a', 'b'], [], ['a'], { ...none, lost: ['b'] }],
    ['one that nobody sent', ['a'], [], ['a', 'x'], { ...none, invented: ['x'] }],
    ['one stored twice', ['a', 'b'], [], ['a', 'b', 'a'], { ...none, repeated: ['a'] }],
  ])('%s', (_name, acknowledged, unknown, stored, expected) => {
    expect(findViolations({ acknowledged: new Set(acknowledged), unknown: new Set(unknown) }, stored)).toEqual(expected);
  });
});

describe('the operation log', () => {
  it('takes what was sent for unknown until it is acknowledged, and never back', () => {
    const log = createOperationLog();
    for (const id of ['a', 'b']) log.invoke(id);
    log.acknowledge('a');
    log.invoke('a');
    expect([[...log.acknowledged()], [...log.unknown()]]).toEqual([['a'], ['b']]);
  });
});
