import { describe, expect, it } from '@jest/globals';
import { type CrossmintQuery, type CrossmintShape, crossmintWindow } from './crossmint-window.js';
import { WindowError } from './errors.js';

const NOW = new Date('2026-11-21T15:30:00Z');
const monthsOf = (query: CrossmintQuery, shape: CrossmintShape, now = NOW): string[] =>
  crossmintWindow(query, now, shape).months.map(({ month }) => month);

function refusalOf(query: CrossmintQuery, shape: CrossmintShape): unknown {
  try {
    crossmintWindow(query, NOW, shape);
  } catch (error) {
    if (error instanceof WindowError) return error;
    throw error;
  }
  throw new Error(`accepted ${JSON.stringify(query)}`);
}

describe('the months of a Crossmint request', () => {
  it.each<[string, CrossmintQuery, CrossmintShape, string[]]>([
    ['start alone: that month', { startDate: '2026-09' }, 'auto', ['2026-09']],
    ['start alone, as an object', { startDate: '2026-09' }, 'object', ['2026-09']],
    ['start alone, as a list: to the current month', { startDate: '2026-09' }, 'array', ['2026-09', '2026-10', '2026-11']],
    ['an empty end, as none', { startDate: '2026-09', endDate: '' }, 'auto', ['2026-09']],
    ['equal ends', { startDate: '2026-09', endDate: '2026-09' }, 'object', ['2026-09']],
    [
      'a range over the year end, both ends inclusive',
      { startDate: '2025-11', endDate: '2026-02' },
      'auto',
      ['2025-11', '2025-12', '2026-01', '2026-02'],
    ],
    ['the current month', { startDate: '2026-11' }, 'auto', ['2026-11']],
    ['an end in the future', { startDate: '2026-11', endDate: '2027-01' }, 'auto', ['2026-11', '2026-12', '2027-01']],
  ])('%s', (_name, query, shape, months) => {
    expect(monthsOf(query, shape)).toEqual(months);
  });

  it('are whole months of UTC', () => {
    expect(crossmintWindow({ startDate: '2024-02' }, NOW, 'auto').months[0]?.window.toJSON()).toEqual({
      from: '2024-02-01T00:00:00.000Z',
      to: '2024-03-01T00:00:00.000Z',
    });
    expect(crossmintWindow({ startDate: '2025-12' }, NOW, 'auto').months[0]?.window.toJSON()).toEqual({
      from: '2025-12-01T00:00:00.000Z',
      to: '2026-01-01T00:00:00.000Z',
    });
  });

  it('begin with the month that begins now', () => {
    expect(monthsOf({ startDate: '2026-12' }, 'auto', new Date('2026-12-01T00:00:00Z'))).toEqual(['2026-12']);
  });

  it('tile the range', () => {
    const { months } = crossmintWindow({ startDate: '2017-01', endDate: '2026-12' }, NOW, 'auto');
    expect(months).toHaveLength(120);
    months.slice(1).forEach((next, at) => expect(next.window.fromMs).toBe(months[at]?.window.toMs));
  });
});

describe('what a Crossmint request is refused for', () => {
  it.each<[string, CrossmintQuery, CrossmintShape, string, string, string]>([
    ['no start', {}, 'auto', 'missing', 'startDate', 'YYYY-MM'],
    ['an empty start', { startDate: '', endDate: '2026-09' }, 'auto', 'missing', 'startDate', 'YYYY-MM'],
    ['a malformed start', { startDate: '2026-9' }, 'auto', 'invalid_format', 'startDate', '"2026-9"'],
    ['a malformed end', { startDate: '2026-09', endDate: '2026-09-30' }, 'auto', 'invalid_format', 'endDate', '"2026-09-30"'],
    ['month 13', { startDate: '2026-13' }, 'auto', 'invalid_format', 'startDate', '"2026-13"'],
    ['a start after the end', { startDate: '2026-10', endDate: '2026-09' }, 'auto', 'empty_window', 'endDate', '2026-10 to 2026-09'],
    ['a start in the future', { startDate: '2026-12' }, 'auto', 'in_future', 'startDate', '2026-12'],
    ['more than one month in one object', { startDate: '2026-09', endDate: '2026-10' }, 'object', 'span_too_long', 'endDate', 'at most 1'],
    ['more than ten years', { startDate: '2016-12', endDate: '2026-12' }, 'array', 'span_too_long', 'endDate', 'at most 120'],
  ])('%s', (_name, query, shape, code, parameter, quoted) => {
    expect(refusalOf(query, shape)).toMatchObject({ code, parameter, message: expect.stringContaining(quoted) });
  });
});
