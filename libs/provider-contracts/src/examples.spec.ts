import { describe, expect, it } from '@jest/globals';
import { examplesOf } from '../test/published.js';
import { cometUsageExample } from './comet/openapi.js';
import {
  CROSSMINT_PATHS,
  LAGO_USAGE_PATH,
  type LagoUsageRow,
  crossmintOpenApi,
  lagoOpenApi,
  readBillingUsage,
  readCometUsage,
  readCrossmintUsage,
  readLagoUsages,
  renderBillingUsage,
  renderCometUsage,
  renderCrossmintUsage,
  renderLagoUsages,
} from './index.js';
import { billingUsageExample } from './billing-usage/openapi.js';

/** The examples of the documents are answers as the server writes them: read back and rendered again they are the same, to the byte. */
describe('an example of a document is a real answer', () => {
  it.each<[string, unknown, (body: unknown) => unknown]>([
    ['billing', billingUsageExample, (body) => renderBillingUsage(readBillingUsage(body, new Date(0)))],
    ['comet', cometUsageExample, (body) => renderCometUsage(readCometUsage(body))],
    ...examplesOf(crossmintOpenApi, CROSSMINT_PATHS[0]!).map((example): [string, unknown, (body: unknown) => unknown] => [
      'crossmint',
      example,
      (body) => renderCrossmintUsage(readCrossmintUsage(body)),
    ]),
    // Whatever our own server writes has every member.
    ['lago', examplesOf(lagoOpenApi, LAGO_USAGE_PATH)[0], (body) => renderLagoUsages(readLagoUsages(body) as LagoUsageRow[])],
  ])('%s', (_name, example, writeAgain) => {
    const text = JSON.stringify(example);
    expect(JSON.stringify(writeAgain(JSON.parse(text)))).toBe(text);
  });
});
