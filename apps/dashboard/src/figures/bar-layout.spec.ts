import { describe, expect, it } from '@jest/globals';
import { decimal, maxDecimal, ZERO } from '@tallymark/domain';
import fc from 'fast-check';
import { layOutBar, percentageOf } from './bar-layout.js';

function layOut(included: string, used: string, projected: string | null) {
  const overage = maxDecimal(decimal(used).minus(decimal(included)), ZERO);
  return layOutBar({
    included: decimal(included),
    used: decimal(used),
    overage,
    projected_used: projected === null ? null : decimal(projected),
  });
}

describe('layOutBar', () => {
  it.each([
    ['within', '100', '45', '60', { included: 45, overage: 0, limit: null, projected: 60, isProjectedBeyond: false }],
    ['exactly full', '100', '100', null, { included: 100, overage: 0, limit: null, projected: null, isProjectedBeyond: false }],
    ['over', '100', '125', null, { included: 80, overage: 20, limit: 80, projected: null, isProjectedBeyond: false }],
    ['projected over', '100', '50', '125', { included: 40, overage: 0, limit: 80, projected: 100, isProjectedBeyond: false }],
    ['projected far beyond', '100', '50', '900', { included: 25, overage: 0, limit: 50, projected: 100, isProjectedBeyond: true }],
    ['nothing included', '0', '3', '5', { included: 0, overage: 100, limit: null, projected: null, isProjectedBeyond: false }],
    ['nothing at all', '0', '0', null, { included: 0, overage: 0, limit: null, projected: null, isProjectedBeyond: false }],
    ['corrected below zero', '100', '-5', null, { included: 0, overage: 0, limit: null, projected: null, isProjectedBeyond: false }],
  ])('%s', (_, included, used, projected, layout) => {
    expect(layOut(included, used, projected)).toEqual(layout);
  });

  it('keeps every part inside the bar, and the included part in front of the limit', () => {
    const amount = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(amount, amount, fc.option(amount), (included, used, projected) => {
        const layout = layOut(String(included), String(used), projected === null ? null : String(projected));
        expect(layout.included + layout.overage).toBeLessThanOrEqual(100.0001);
        expect(layout.included).toBeLessThanOrEqual((layout.limit ?? 100) + 0.0001);
        expect(layout.projected ?? 0).toBeLessThanOrEqual(100.0001);
        expect(layout.overage > 0).toBe(used > included);
      }),
    );
  });
});

describe('percentageOf', () => {
  it.each([
    ['1', '3', '33.33'],
    ['2', '3', '66.67'],
    ['0.00005', '1', '0.01'],
    ['5', '2', '250'],
  ])('%s of %s is %s %%', (part, whole, percentage) => {
    expect(percentageOf(decimal(part), decimal(whole))?.toFixed()).toBe(percentage);
  });

  it('is nothing of nothing', () => {
    expect(percentageOf(decimal('5'), ZERO)).toBeNull();
  });
});
