import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type SetAside, createSetAside, workInHalves } from './set-aside.js';
import { isTransient } from './sql-state.js';

describe('workInHalves', () => {
  it('does every item that can be done once, and reports every other once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 40 }), async (poison) => {
        const items = poison.map((_, index) => index);
        const failed: number[] = [];
        const done = await workInHalves(
          items,
          async (some) => {
            if (some.some((item) => poison[item])) throw new RangeError('poison');
            return Promise.resolve(some);
          },
          (item) => failed.push(item),
        );
        expect(done.flat()).toEqual(items.filter((item) => !poison[item]));
        expect(failed).toEqual(items.filter((item) => poison[item]));
      }),
      { numRuns: 50 },
    );
  });

  it('takes no item for the fault of a connection', async () => {
    const lost = Object.assign(new Error('gone'), { code: '57P01' });
    const failed: number[] = [];
    await expect(
      workInHalves(
        [1, 2],
        () => Promise.reject(lost),
        (item) => failed.push(item),
      ),
    ).rejects.toBe(lost);
    expect(failed).toEqual([]);
  });
});

describe('what is set aside', () => {
  it('is passed over for a minute, and told of each time', () => {
    let nowMs = 0;
    const told: unknown[] = [];
    const aside = createSetAside(
      () => new Date(nowMs),
      (item, error) => told.push([item.id, error]),
    );
    const at = (ms: number): string[] => {
      nowMs = ms;
      return aside.items().map((item) => item.id);
    };
    aside.add({ organizationId: 'o', id: 'a' }, 1);
    expect(at(59_999)).toEqual(['a']);
    aside.add({ organizationId: 'o', id: 'b' }, 2);
    aside.add({ organizationId: 'o', id: 'b' }, 3);
    expect(at(60_000)).toEqual(['b']);
    expect(at(119_999)).toEqual([]);
    expect(told).toEqual([
      ['a', 1],
      ['b', 2],
      ['b', 3],
    ]);
  });
});

describe('the work of which something is set aside', () => {
  const add = (aside: SetAside, ...ids: string[]): void => ids.forEach((id) => aside.add({ organizationId: 'o', id }, 'no'));

  it.each<[string, boolean, (aside: SetAside) => void]>([
    ['nothing failed', false, () => undefined],
    ['one thing fails, however often', false, (aside) => add(aside, 'a', 'a')],
    ['a second one fails as well', true, (aside) => add(aside, 'a', 'b')],
    ['another was done after both', false, (aside) => (add(aside, 'a', 'b'), aside.noteDone(), add(aside, 'a', 'b'))],
    ['another was done between them', false, (aside) => (add(aside, 'a'), aside.noteDone(), add(aside, 'b', 'a'))],
    ['two more fail since another was done', true, (aside) => (add(aside, 'a'), aside.noteDone(), add(aside, 'b', 'c'))],
  ])('when %s: it stands still: %s', (_, isStalled, happen) => {
    const aside = createSetAside(
      () => new Date(0),
      () => undefined,
    );
    happen(aside);
    expect(aside.isStalled()).toBe(isStalled);
  });
});

describe('isTransient', () => {
  it.each([
    ['08006', true],
    ['40001', true],
    ['40P01', true],
    ['53100', true],
    ['55P03', true],
    ['57P01', true],
    ['ECONNRESET', true],
    ['22003', false],
    ['23514', false],
    ['57014', false],
    ['XX001', false],
    ['ERR_OUT_OF_RANGE', false],
  ])('of code %s is %s', (code, transient) => {
    expect(isTransient(Object.assign(new Error('x'), { code }))).toBe(transient);
  });

  it.each([
    ['Connection terminated unexpectedly', true],
    ['timeout exceeded when trying to connect', true],
    ['received 1e400; expected a decimal', false],
  ])('of “%s” without a code is %s', (message, transient) => {
    expect(isTransient(new Error(message))).toBe(transient);
  });
});
