import { describe, expect, it } from '@jest/globals';
import { continueTrace } from './trace-context.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('continueTrace', () => {
  it.each([
    ['level 1', `00-${TRACE}-${SPAN}-01`, '01'],
    ['a later version with more', `01-${TRACE}-${SPAN}-00-more`, '00'],
  ])('goes on with %s', (_, header, flags) => {
    expect(continueTrace(header)).toEqual({ traceId: TRACE, spanId: expect.stringMatching(/^[\da-f]{16}$/), parentSpanId: SPAN, flags });
  });

  it.each([
    ['nothing', undefined],
    ['nonsense', 'nonsense'],
    ['zeros as the trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['zeros as the span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['the forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['more in version 00', `00-${TRACE}-${SPAN}-01-more`],
  ])('begins anew with %s', (_, header) => {
    const context = continueTrace(header);
    expect(context).toMatchObject({ parentSpanId: null, flags: '00' });
    expect(context.traceId).not.toBe(TRACE);
    expect(context.traceId).toMatch(/^[\da-f]{32}$/);
  });
});
