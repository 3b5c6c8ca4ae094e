import { describe, expect, it } from '@jest/globals';
import { pageOf, paginationQuery } from './pagination.js';

describe('paginationQuery', () => {
  it.each([
    [{}, { limit: 50 }],
    [{ limit: '1' }, { limit: 1 }],
    [
      { limit: '100', cursor: 'abc' },
      { limit: 100, cursor: 'abc' },
    ],
  ])('%j reads as %j', (query, expected) => {
    expect(paginationQuery.parse(query)).toEqual(expected);
  });

  it.each([
    { limit: '0' },
    { limit: '101' },
    { limit: '1.5' },
    { limit: 'x' },
    { limit: '' },
    { limit: ' 5' },
    { limit: '1e1' },
    { limit: '0x10' },
    { cursor: '' },
  ])('%j is refused', (query) => {
    expect(paginationQuery.safeParse(query).success).toBe(false);
  });
});

describe('pageOf', () => {
  const page = (rows: number[]): unknown =>
    pageOf(
      rows,
      2,
      (row) => ({ row }),
      (last) => `after ${last}`,
    );
  it.each([
    [[], { data: [], next_cursor: null }],
    [[1, 2], { data: [{ row: 1 }, { row: 2 }], next_cursor: null }],
    [[1, 2, 3], { data: [{ row: 1 }, { row: 2 }], next_cursor: 'after 2' }],
  ])('of %j with a limit of 2', (rows, expected) => {
    expect(page(rows)).toEqual(expected);
  });
});
