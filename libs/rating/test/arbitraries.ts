import { type PriceModel, decimal, formatDecimal, sumDecimals } from '@tallymark/domain';
import fc from 'fast-check';
import { type UsedUnits, validateCharge } from '../src/index.js';
import { buildCharge, percentagePrice } from './charge-builder.js';

const CURRENCIES = ['USD', 'JPY', 'KWD'] as const;
export const currency = fc.constantFrom(...CURRENCIES);
export const amountText = fc.tuple(fc.nat(100_000), fc.nat(6)).map(([digits, scale]) => formatDecimal(decimal(`${digits}e-${scale}`)));
export const quantity = fc.tuple(fc.nat(1_000_000), fc.nat(3)).map(([digits, scale]) => decimal(`${digits}e-${scale}`));
const textOrNull = fc.option(amountText);

const bounds = fc
  .uniqueArray(fc.integer({ min: 1, max: 2000 }), { maxLength: 4 })
  .map((ends) => [...ends.sort((a, b) => a - b).map(String), null]);
const tiers = bounds.chain((ends) =>
  fc.tuple(...ends.map((upTo) => fc.record({ upTo: fc.constant(upTo), unitAmount: amountText, flatAmount: amountText }))),
);
const rateTiers = tiers.map((list) => list.map(({ upTo, unitAmount, flatAmount }) => ({ upTo, rate: unitAmount, flatAmount })));

const standard: fc.Arbitrary<PriceModel> = fc.record({ model: fc.constant('standard' as const), unitAmount: amountText });
export const graduated: fc.Arbitrary<PriceModel> = fc.record({ model: fc.constant('graduated' as const), tiers });
export const graduatedPercentage: fc.Arbitrary<PriceModel> = fc.record({
  model: fc.constant('graduated_percentage' as const),
  tiers: rateTiers,
});
export const volume: fc.Arbitrary<PriceModel> = fc.record({ model: fc.constant('volume' as const), tiers });
const packages: fc.Arbitrary<PriceModel> = fc.record({
  model: fc.constant('package' as const),
  packageSize: fc.integer({ min: 1, max: 500 }).map(String),
  packageAmount: amountText,
});
export const percentage: fc.Arbitrary<PriceModel> = fc
  .record({
    rate: amountText,
    fixedAmount: amountText,
    freeTransactions: fc.option(fc.nat(4)),
    freeAmount: textOrNull,
    minPerTransaction: textOrNull,
    maxPerTransaction: textOrNull,
  })
  .map(({ rate, ...rest }) => percentagePrice(rate, rest))
  .filter((price) => validateCharge(buildCharge(price), 'USD').length === 0);
const dynamic = fc.constant<PriceModel>({ model: 'dynamic' });

export const perUnit = fc.oneof(standard, graduated, graduatedPercentage, packages);
export const anyPrice = fc.oneof(perUnit, volume, percentage, dynamic);

/** Bounds in whole units of money, so that they fit every currency. */
export const terms = fc
  .record({
    includedUnits: fc.nat(1500).map(String),
    unitSize: fc.constantFrom('1', '1000', '1024', '0.25'),
    minAmount: fc.option(fc.nat(50)),
    maxAmount: fc.option(fc.integer({ min: 50, max: 500 })),
  })
  .map((given) => ({ ...given, minAmount: given.minAmount?.toString() ?? null, maxAmount: given.maxAmount?.toString() ?? null }));
export const anyCharge = fc
  .tuple(anyPrice, terms)
  .map(([price, given]) => buildCharge(price, { ...given, ...(price.model === 'dynamic' ? { includedUnits: '0' } : {}) }));
export const anyUsage: fc.Arbitrary<UsedUnits> = fc
  .tuple(fc.array(quantity, { maxLength: 8 }), quantity)
  .map(([amounts, dynamicAmount]) => ({ units: sumDecimals(amounts), transactions: { amounts }, dynamicAmount }));
