import { describe, expect, it } from '@jest/globals';
import { chooseFormat } from './choose-format.js';

describe('chooseFormat', () => {
  it.each([
    [undefined, undefined, 'json'],
    [undefined, '*/*', 'json'],
    [undefined, 'text/csv', 'csv'],
    [undefined, 'Text/CSV; charset=utf-8', 'csv'],
    [undefined, 'text/csv;q=0.5, application/json', 'json'],
    [undefined, 'application/json;q=0.5, text/csv;q=0.9', 'csv'],
    [undefined, 'text/csv;q=0, */*', 'json'],
    [undefined, 'image/png', 'json'],
    [undefined, 'text/html,application/xhtml+xml,*/*;q=0.8', 'json'],
    ['csv', 'application/json', 'csv'],
    ['json', 'text/csv', 'json'],
  ] as const)('with format=%s and Accept: %s chooses %s', (parameter, accept, format) => {
    expect(chooseFormat(parameter, accept)).toBe(format);
  });
});
