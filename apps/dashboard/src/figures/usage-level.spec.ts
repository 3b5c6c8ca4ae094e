import { describe, expect, it } from '@jest/globals';
import { decimal } from '@tallymark/domain';
import { describeStanding, describeUsage, usageLevel } from './usage-level.js';

const line = (name: string, included: string, overage: string, percentage: string) => ({
  name,
  included: decimal(included),
  overage: decimal(overage),
  percentage: decimal(percentage),
});

describe('usageLevel', () => {
  it.each([
    ['0', 'green'],
    ['74.99', 'green'],
    ['75', 'green'],
    ['75.01', 'yellow'],
    ['90', 'yellow'],
    ['90.01', 'red'],
    ['100', 'red'],
    ['122.46', 'red'],
  ])('%s %% is %s', (percentage, level) => {
    expect(usageLevel(decimal(percentage))).toBe(level);
  });
});

describe('describeUsage', () => {
  it.each([
    ['within', line('a', '10', '0', '50'), 'Within plan'],
    ['close', line('a', '10', '0', '80'), 'Getting close'],
    ['near', line('a', '10', '0', '100'), 'Near limit'],
    ['over', line('a', '10', '0.001', '100.01'), 'Over included'],
    ['nothing included, nothing used', line('a', '0', '0', '0'), 'Within plan'],
    ['nothing included, some used', line('a', '0', '3', '100'), 'Paid per unit'],
  ])('%s', (_, of, words) => {
    expect(describeUsage(of)).toBe(words);
  });
});

describe('describeStanding', () => {
  const join = (names: readonly string[]): string => names.join(' + ');
  it.each([
    ['all well', [line('a', '10', '0', '90')], 'Nothing is over what your plan includes.'],
    ['nothing sold', [], 'Nothing is over what your plan includes.'],
    ['paid per unit', [line('a', '0', '3', '100')], 'Nothing is over what your plan includes.'],
    ['one over', [line('a', '10', '1', '110'), line('b', '10', '0', '1')], 'Over what your plan includes: a.'],
    ['one near', [line('a', '10', '0', '90.5')], 'Near the limit: a.'],
    [
      'two over and one near',
      [line('a', '10', '1', '110'), line('b', '10', '1', '110'), line('c', '10', '0', '99')],
      'Over what your plan includes: a + b. Near the limit: c.',
    ],
  ])('%s', (_, lines, words) => {
    expect(describeStanding(lines, join)).toBe(words);
  });
});
