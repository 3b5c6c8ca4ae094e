import { describe, expect, it } from '@jest/globals';
import { judge, type Measurement } from './measurement.js';
import { formatMarkdown, formatQuantity, formatTable } from './report.js';

const base: Measurement = {
  name: 'ingest-batch',
  measured: { value: 90_000, unit: 'events/s' },
  rival: { name: 'COPY', value: 100_000 },
  bound: { of: 'ratio', atLeast: 0.8 },
};

describe('judge', () => {
  it.each<[string, Partial<Measurement>, boolean, number]>([
    ['a ratio that is reached', {}, true, 0],
    ['a ratio that is missed by a tenth', { bound: { of: 'ratio', atLeast: 1 } }, false, 0.1],
    ['a value at its bound', { bound: { of: 'value', atLeast: 90_000 } }, true, 0],
    ['a value that is missed', { bound: { of: 'value', atLeast: 100_000 } }, false, 0.1],
    ['a value that is too great', { bound: { of: 'value', atMost: 60_000 } }, false, 0.5],
    ['a value that is small enough', { bound: { of: 'value', atMost: 90_000 } }, true, 0],
  ])('tells of %s', (_name, change, isMet, missedBy) => {
    const outcome = judge({ ...base, ...change });
    expect(outcome?.isMet).toBe(isMet);
    expect(outcome?.missedBy).toBeCloseTo(missedBy);
  });

  it('has nothing to judge without a bound', () => {
    expect(judge({ ...base, bound: null })).toBeNull();
  });
});

describe('the table', () => {
  const measurements: Measurement[] = [
    base,
    { ...base, rival: null, bound: { of: 'value', atLeast: 100_000 } },
    { name: 'freshness: p50', measured: { value: 12.34, unit: 'ms' }, rival: null, bound: null },
  ];

  it('stands in columns', () => {
    expect(formatTable(measurements).split('\n')).toEqual([
      'name            figure           rival                    ratio  must reach          outcome',
      'ingest-batch    90,000 events/s  100,000 events/s (COPY)  0.90   ratio ≥ 0.8         met',
      'ingest-batch    90,000 events/s                                  ≥ 100,000 events/s  misses by 10 %',
      'freshness: p50  12.3 ms',
    ]);
  });

  it('can be Markdown', () => {
    expect(formatMarkdown(measurements.slice(0, 1)).split('\n')).toEqual([
      '| name | figure | rival | ratio | must reach | outcome |',
      '| --- | --- | --- | --- | --- | --- |',
      '| ingest-batch | 90,000 events/s | 100,000 events/s (COPY) | 0.90 | ratio ≥ 0.8 | met |',
    ]);
  });

  it.each([
    [{ value: 0.123, unit: 'ms' }, '0.12 ms'],
    [{ value: 45.67, unit: 'MB' }, '45.7 MB'],
    [{ value: 123_456.7, unit: 'events/s' }, '123,457 events/s'],
    [{ value: 7, unit: 's' }, '7 s'],
  ])('writes %j as %s', (quantity, expected) => {
    expect(formatQuantity(quantity)).toBe(expected);
  });
});
