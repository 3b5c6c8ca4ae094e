import { describe, expect, it } from '@jest/globals';
import { generateAccessLog, generateDailyCounts, generateDayShape, generateLlmRequests } from './generate-sources.js';
import { readSources } from './read-sources.js';
import { DAY_MS } from './sources.js';

describe('generated sources', () => {
  it('are the same each time', () => {
    const generate = (): string =>
      JSON.stringify([generateLlmRequests('chat-large'), generateAccessLog(), generateDailyCounts(), generateDayShape()]);
    expect(generate() === generate()).toBe(true);
  });

  it('have the shape of the real ones', () => {
    const llm = generateLlmRequests('code-large');
    expect(llm).toHaveLength(9_000);
    expect(llm.every(({ inputTokens, outputTokens }) => inputTokens >= 1 && outputTokens >= 1)).toBe(true);
    expect(generateAccessLog()).toHaveLength(10_000);
    expect(generateDayShape()).toHaveLength(96);
    const days = generateDailyCounts();
    expect(days.every(({ day }, index) => index === 0 || day.getTime() - days[index - 1]!.day.getTime() === DAY_MS)).toBe(true);
    expect(days.length).toBeGreaterThanOrEqual(407);
  });

  it('stand in for files that are not there, by name', () => {
    expect(readSources('/nonexistent').generated).toEqual([
      'AzureLLMInferenceTrace_conv.csv',
      'AzureLLMInferenceTrace_code.csv',
      'apache_access.log.gz',
      'wikipedia_log_views_R_2008-2015.csv',
      'nab_elb_request_count_5min.csv',
    ]);
  });
});
