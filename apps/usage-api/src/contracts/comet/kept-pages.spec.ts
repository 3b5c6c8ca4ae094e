import { describe, expect, it } from '@jest/globals';
import type { RequestHistoryQuery } from '@tallymark/persistence';
import { type KeptPage, KeptPages } from './kept-pages.js';

const HISTORY: RequestHistoryQuery = {
  organizationId: 'o1',
  subjects: ['s1'],
  type: 'api.request',
  exceptPaths: [],
  before: null,
  limit: 30,
  maxBytes: 1_000,
};
const page = (state: string, text = state): KeptPage => ({ proof: { from: '-infinity', state }, text });

describe('KeptPages', () => {
  it('recalls the page of a question, and no other question’s', () => {
    const pages = new KeptPages();
    const others = [{ organizationId: 'o2' }, { subjects: ['s2'] }, { subjects: ['s1', 's2'] }, { subjects: ['o1 30 s1'] }, { limit: 31 }];
    pages.keep(HISTORY, page('1 7'));
    expect(pages.recall(HISTORY)).toMatchObject(page('1 7'));
    for (const other of others) expect(pages.recall({ ...HISTORY, ...other })).toBeUndefined();
    pages.keep({ ...HISTORY, subjects: ['s1 s2'] }, page('2 8'));
    expect(pages.recall({ ...HISTORY, subjects: ['s1', 's2'] })).toBeUndefined();
  });

  it('has a page that changed read until it comes out the same twice', () => {
    const pages = new KeptPages();
    const recalled = ['a', 'b', 'c', 'c', 'c', 'd'].map((state) => {
      pages.keep(HISTORY, page(state));
      return pages.recall(HISTORY)?.text;
    });
    expect(recalled).toEqual(['a', undefined, undefined, 'c', 'c', undefined]);
    pages.keep(HISTORY, { ...page('d'), proof: { from: '2026-11-20 00:00:00+00', state: 'd' } });
    expect(pages.recall(HISTORY)).toBeUndefined();
  });

  it('takes no more memory than it may, and lets go of what was not asked for the longest', () => {
    const pages = new KeptPages(10_000);
    const of = (subject: string) => ({ ...HISTORY, subjects: [subject] });
    for (const subject of ['a', 'b', 'c']) pages.keep(of(subject), page('1', 'x'.repeat(1_000)));
    pages.recall(of('a'));
    pages.keep(of('d'), page('1', 'x'.repeat(1_000)));
    expect(['a', 'b', 'c', 'd'].map((subject) => pages.recall(of(subject)) !== undefined)).toEqual([true, false, true, true]);
    pages.keep(of('e'), page('1', 'x'.repeat(5_000)));
    expect(pages.recall(of('e'))).toBeUndefined();
    for (let n = 0; n < 1_000; n += 1) {
      pages.keep(of(`many-${n % 70}`), page(String(n), 'x'.repeat(n)));
      expect(pages.bytes).toBeLessThanOrEqual(10_000);
    }
  });
});
