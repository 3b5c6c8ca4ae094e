import { describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import type { Decimal } from '@tallymark/domain';
import { decimal, formatDecimal } from '@tallymark/domain';
import fc from 'fast-check';
import type { BillingUsage, BillingUsageMetric } from '../canonical.js';
import { billingUsageExample } from './openapi.js';
import { billingUsageResponseSchema, readBillingUsage, renderBillingUsage, toWireNumber } from './response.js';

const AS_OF = new Date('2026-11-21T10:00:00Z');

function metric(text: string, projected: string | null = null): BillingUsageMetric {
  const [code = '', name = '', unit = '', included = '', used = '', overage = '', percentage = ''] = text.split('|');
  const [units, share] = projected?.split('|') ?? [];
  return {
    metric: code,
    name,
    unit,
    included: decimal(included),
    used: decimal(used),
    overage: decimal(overage),
    percentage: decimal(percentage),
    projected: units === undefined || share === undefined ? null : { units: decimal(units), percentage: decimal(share) },
  };
}

const USAGE: BillingUsage = {
  period: Window.of(new Date('2026-11-01T00:00:00Z'), new Date('2026-12-01T00:00:00Z')),
  asOf: AS_OF,
  metrics: [
    metric('api_calls|API Calls|requests|50000|61250|11250|122.5', '91874.5|183.749'),
    metric('storage|Storage|GB|200|84.25|0|42.125'),
  ],
  cost: { base: decimal('49.00'), overage: decimal('22.5'), total: decimal('71.50'), currency: 'USD' },
};

/** Decimals of at most 15 significant digits, which a double holds so that they print as they were. */
const amounts: fc.Arbitrary<Decimal> = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }), fc.integer({ min: 0, max: 12 }))
  .map(([digits, scale]) => decimal(`${digits}e-${scale}`));
const hundredths = fc.nat({ max: 10_000_000 }).map((value) => decimal(`${value}e-2`));
const wholes = fc.nat().map((value) => decimal(String(value)));
const seconds = fc.integer({ min: 1_700_000_000, max: 1_900_000_000 });
const metrics: fc.Arbitrary<BillingUsageMetric> = fc.record({
  metric: fc.stringMatching(/^[a-z0-9]+(_[a-z0-9]+)*$/),
  name: fc.string(),
  unit: fc.string(),
  included: amounts,
  used: amounts,
  overage: amounts,
  percentage: hundredths,
  projected: fc.option(fc.record({ units: wholes, percentage: hundredths })),
});
const usages: fc.Arbitrary<BillingUsage> = fc.record({
  period: fc
    .uniqueArray(seconds, { minLength: 2, maxLength: 2 })
    .map((bounds) => Window.of(new Date(Math.min(...bounds) * 1_000), new Date(Math.max(...bounds) * 1_000))),
  asOf: fc.constant(AS_OF),
  metrics: fc.uniqueArray(metrics, { maxLength: 6, selector: ({ metric: code }) => code }),
  cost: fc.record({ base: amounts, overage: amounts, total: amounts, currency: fc.constantFrom('USD', 'EUR', 'JPY') }),
});

/** Plain and comparable: metrics by code, since JavaScript moves members that look like indices to the front. */
function plain(usage: BillingUsage): unknown {
  const copy = JSON.parse(JSON.stringify(usage)) as { metrics: { metric: string }[] };
  copy.metrics.sort((a, b) => (a.metric < b.metric ? -1 : 1));
  return copy;
}

describe('a billing usage answer', () => {
  it('has the members of the contract in their order', () => {
    expect(JSON.stringify(renderBillingUsage(USAGE))).toBe(
      '{"success":true,"data":{"period":{"start":"2026-11-01T00:00:00Z","end":"2026-11-30T23:59:59Z"},' +
        '"metrics":{"apiCalls":{"name":"API Calls","unit":"requests","included":50000,"used":61250,"overage":11250,"percentage":122.5},' +
        '"storage":{"name":"Storage","unit":"GB","included":200,"used":84.25,"overage":0,"percentage":42.13}},' +
        '"estimatedCost":{"base":49,"overage":22.5,"total":71.5,"currency":"usd"},' +
        '"projectedUsage":{"apiCalls":{"projected":91875,"percentage":183.75}}}}',
    );
  });

  it('is what the document shows', () => {
    expect(renderBillingUsage(USAGE)).toEqual(billingUsageExample);
  });

  it('keeps an empty projectedUsage, which clients index without asking', () => {
    expect(renderBillingUsage({ ...USAGE, metrics: [] }).data).toMatchObject({ metrics: {}, projectedUsage: {} });
  });

  it('is read back as it was rendered', () => {
    fc.assert(
      fc.property(usages, (usage) => {
        const body: unknown = JSON.parse(JSON.stringify(renderBillingUsage(usage)));
        expect(billingUsageResponseSchema.safeParse(body).success).toBe(true);
        expect(plain(readBillingUsage(body, AS_OF))).toEqual(plain(usage));
      }),
    );
  });

  it.each([
    ['2026-11-30T23:59:59Z', '2026-12-01T00:00:00.000Z'],
    ['2026-11-30T23:59:59.999Z', '2026-12-01T00:00:00.000Z'],
    ['2026-12-01T04:59:59Z', '2026-12-01T05:00:00.000Z'],
  ])('that ends at %s ends before %s', (end, to) => {
    const body = structuredClone(billingUsageExample);
    body.data.period.end = end;
    expect(readBillingUsage(body, AS_OF).period.to.toISOString()).toBe(to);
  });

  it('of another server may lack the projection and shout the currency', () => {
    const { projectedUsage: _left, ...data } = {
      ...billingUsageExample.data,
      estimatedCost: { base: 1, overage: 0, total: 1, currency: 'EUR' },
    };
    const usage = readBillingUsage({ success: true, data }, AS_OF);
    expect([usage.cost.currency, usage.metrics.map(({ projected }) => projected)]).toEqual(['EUR', [null, null]]);
  });

  it.each([[null], [{ success: false, error: { code: 'UNAUTHORIZED', message: 'm' } }], [{ success: true, data: {} }]])(
    'is not %j',
    (body) => {
      expect(() => readBillingUsage(body, AS_OF)).toThrow('not a billing usage answer');
    },
  );
});

describe('toWireNumber', () => {
  it.each([
    ['0.1', '0.1'],
    ['-3', '-3'],
    ['234.800', '234.8'],
    ['9007199254740992', '9007199254740992'],
    ['123456789.012345', '123456789.012345'],
    // One digit too many for a double: the nearest one is all that a client could hold.
    ['9007199254740993', '9007199254740992'],
  ])('%s is %s on the wire', (value, text) => {
    expect(JSON.stringify(toWireNumber(decimal(value)))).toBe(text);
  });

  it('loses nothing up to 15 significant digits', () => {
    fc.assert(fc.property(amounts, (value) => formatDecimal(decimal(String(toWireNumber(value)))) === formatDecimal(value)));
  });
});
