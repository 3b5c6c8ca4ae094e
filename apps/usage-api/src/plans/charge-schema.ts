import { DIVISION_LIMITS } from '@tallymark/rating';
import { z } from 'zod';
import { amount, code, text } from '../catalogue/fields.js';

const MAX_TIERS = 100;

const zero = amount.default('0');
const upTo = amount
  .nullable()
  .default(null)
  .meta({ examples: ['10000'], description: 'Last unit of the tier, inclusive; null in the last tier' });
const priceTier = z.strictObject({ up_to: upTo, unit_amount: amount, flat_amount: zero });
const percentageTier = z.strictObject({ up_to: upTo, rate: amount.meta({ description: 'Percent: "1.2" is 1.2 %' }), flat_amount: zero });
const priceTiers = z.array(priceTier).min(1).max(MAX_TIERS);

const price = z.discriminatedUnion('model', [
  z.strictObject({ model: z.literal('standard'), unit_amount: amount }),
  z.strictObject({ model: z.literal('graduated'), tiers: priceTiers }),
  z.strictObject({ model: z.literal('volume'), tiers: priceTiers }),
  z.strictObject({ model: z.literal('graduated_percentage'), tiers: z.array(percentageTier).min(1).max(MAX_TIERS) }),
  z.strictObject({ model: z.literal('package'), package_size: amount, package_amount: amount }),
  z.strictObject({
    model: z.literal('percentage'),
    rate: amount.meta({ description: 'Percent of the transacted amount: "1.2" is 1.2 %' }),
    fixed_amount: zero.meta({ description: 'Added for each transaction that is not free' }),
    free_transactions: z.int().min(0).nullable().default(null),
    free_amount: amount.nullable().default(null),
    min_per_transaction: amount.nullable().default(null),
    max_per_transaction: amount.nullable().default(null),
  }),
  z.strictObject({ model: z.literal('dynamic') }),
]);

const value = z
  .string()
  .max(256)
  .regex(/^[^\0\p{Cs}]*$/u, 'expected text without NUL');
const includedUnits = zero.meta({ description: 'Priced units that the base amount pays for', examples: ['100'] });

const filter = z.strictObject({
  name: text(200).meta({ description: 'For people', examples: ['Europe'] }),
  values: z
    .record(code, z.array(value).min(1).max(DIVISION_LIMITS.values))
    .refine((values) => Object.keys(values).length > 0, 'expected at least one dimension of the meter with its values')
    .meta({
      description: 'Dimension of the meter → values. Takes usage that has one of the values in every dimension',
      examples: [{ region: ['eu'] }],
    }),
  included_units: includedUnits,
  price,
});

const members = {
  metric: code.meta({ description: 'What customers know it by; unique in the plan' }),
  name: text(200).meta({ description: 'For people' }),
  meter_code: code,
  unit: text(64).meta({ description: 'What one priced unit is: GB where the meter counts bytes' }),
  unit_size: amount
    .default('1')
    .meta({ description: 'Meter units in one priced unit; a product of twos and fives', examples: ['1000000000'] }),
  included_units: includedUnits,
  price,
  min_amount: amount.nullable().default(null).meta({ description: 'Least it comes to in a billing period' }),
  max_amount: amount.nullable().default(null).meta({ description: 'Most it comes to in a billing period' }),
  filters: z.array(filter).max(DIVISION_LIMITS.filters).default([]).meta({
    description:
      'Other prices for parts of the usage, each with tiers and included units of its own. Usage goes to the filter that names the most dimensions, among equals to the earlier one; the rest pays `price`',
  }),
  pricing_groups: z.array(code).max(DIVISION_LIMITS.groups).default([]).meta({
    description: 'Dimensions of the meter by whose values usage is priced apart, each group with tiers and included units of its own',
  }),
};

const proratedText = 'Whether a part of a billing period owes a part of the amount: for quantities that stand, such as seats';

/** A charge of a new plan version. */
export const newChargeSchema = z
  .strictObject({
    ...members,
    prorated: z
      .boolean()
      .optional()
      .meta({ description: `${proratedText}. Left out: as the meter is recurring, unless it weighs by time already` }),
  })
  .meta({ id: 'NewCharge' });
export type NewChargeBody = z.infer<typeof newChargeSchema>;

/** A charge as it is answered: nothing in it is left out. */
export const chargeSchema = z.object({ ...members, prorated: z.boolean().meta({ description: proratedText }) }).meta({ id: 'Charge' });
export type ChargeBody = z.infer<typeof chargeSchema>;
