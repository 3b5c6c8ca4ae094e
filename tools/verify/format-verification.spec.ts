import { describe, expect, it } from '@jest/globals';
import type { MeterVerification, StatementVerification } from '@tallymark/persistence';
import { countDifferences, formatMeter, formatSources, formatStatements, formatSummary } from './format-verification.js';

const equalMeter: MeterVerification = {
  organizationId: '0',
  organization: 'demo',
  meterId: '1',
  meter: 'api_calls',
  recomputed: 12,
  different: 0,
  examples: [],
};
const changedMeter: MeterVerification = {
  ...equalMeter,
  meter: 'tokens',
  different: 3,
  examples: [
    {
      subject: 'acme',
      bucketStart: '2026-01-01T00:15:00+00:00',
      dimensions: { model: 'small' },
      stored: { event_count: 1, sum: 5 },
      recomputed: { event_count: 1, sum: 4 },
    },
    { subject: 'acme', bucketStart: '2026-01-01T00:30:00+00:00', dimensions: {}, stored: null, recomputed: { sum: 4 } },
    { subject: 'acme', bucketStart: '2026-01-01T00:45:00+00:00', dimensions: {}, stored: { sum: 4 }, recomputed: null },
  ],
};
const equalStatements: StatementVerification = {
  organization: 'demo',
  recomputed: 4,
  fromBuckets: 2,
  drawn: 0,
  closed: 1,
  pastRetention: 0,
  queued: 0,
  silent: 0,
  different: [],
};
const changedStatements: StatementVerification = {
  organization: 'demo',
  recomputed: 4,
  fromBuckets: 0,
  drawn: 0,
  closed: 3,
  pastRetention: 2,
  queued: 1,
  silent: 3,
  different: [
    {
      subscription: 's-1',
      periodFrom: '2026-01-01T00:00:00.000Z',
      stored: { total: '2', lines: [{ used: '9', overage: '0' }] },
      recomputed: { total: '1', lines: [{ used: '8', overage: '0' }] },
    },
  ],
};

describe('formatMeter', () => {
  it('has one line for an equal meter', () => {
    expect(formatMeter(equalMeter)).toEqual(['demo  api_calls: 12 buckets recomputed, equal']);
  });

  it('names the buckets that differ, and what in them', () => {
    expect(formatMeter(changedMeter)).toEqual([
      'demo  tokens: 12 buckets recomputed, 3 different',
      '    acme 2026-01-01T00:15:00+00:00 {"model":"small"}: sum stored 5, recomputed 4',
      '    acme 2026-01-01T00:30:00+00:00: stored nothing, recomputed {"sum":4}',
      '    acme 2026-01-01T00:45:00+00:00: stored {"sum":4}, recomputed nothing',
    ]);
  });

  it('gives five examples at most', () => {
    const examples = Array.from({ length: 9 }, () => changedMeter.examples[0]!);
    expect(formatMeter({ ...changedMeter, different: 9, examples })).toHaveLength(6);
  });
});

describe('formatStatements', () => {
  it.each([
    ['equal', equalStatements, ['demo  statements: 4 recomputed, 1 of them closed, equal']],
    [
      'different, some left out',
      changedStatements,
      [
        'demo  statements: 4 recomputed, 3 of them closed, 1 different (1 more are queued for a refresh; 3 more charge by a deleted meter, and are refreshed every quarter of an hour; 2 more closed when or before their events were dropped)',
        '    subscription s-1 from 2026-01-01T00:00:00.000Z: total stored "2", recomputed "1"; lines.0.used stored "9", recomputed "8"',
      ],
    ],
  ])('%s', (_name, result, expected) => {
    expect(formatStatements(result)).toEqual(expected);
  });
});

describe('formatSources', () => {
  it('says what statements were recomputed from, of all organizations together', () => {
    expect(formatSources([equalStatements, changedStatements])).toBe(
      'open statements: 2 priced from the buckets of meters found equal above, 2 from the events; closed ones: 4 from the events as of their close',
    );
  });

  it('says which of them were drawn', () => {
    expect(formatSources([{ ...equalStatements, drawn: 1 }])).toBe(
      'open statements: 2 priced from the buckets of meters found equal above, 1 from the events (1 of them drawn by lot); closed ones: 1 from the events as of their close',
    );
  });
});

describe('formatSummary', () => {
  it.each([
    ['equal', [equalMeter], [equalStatements], 0, 'equal: 12 buckets of 1 meters, 3 open and 1 closed statements are what the events say'],
    [
      'different',
      [equalMeter, changedMeter],
      [changedStatements],
      4,
      'different: 4 of 24 buckets of 2 meters, 1 open and 3 closed statements are not what the events say',
    ],
  ])('%s', (_name, meters, statements, different, expected) => {
    expect(countDifferences(meters, statements)).toBe(different);
    expect(formatSummary(meters, statements)).toBe(expected);
  });
});
