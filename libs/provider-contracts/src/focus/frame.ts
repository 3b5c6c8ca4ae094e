import type { Decimal } from '@tallymark/domain';
import type { FocusRow } from './columns.js';

/** What all rows of a statement share. */
export type FocusFrame = Omit<
  FocusRow,
  | 'BilledCost'
  | 'ContractedCost'
  | 'EffectiveCost'
  | 'ListCost'
  | 'ChargeCategory'
  | 'ChargeDescription'
  | 'ChargeFrequency'
  | 'SkuId'
  | 'SkuPriceId'
>;

/** One cost under its four names: there are no discounts and nothing is amortised, so list, contract, effect and bill agree. */
export function costs(amount: Decimal): Pick<FocusRow, 'BilledCost' | 'ContractedCost' | 'EffectiveCost' | 'ListCost'> {
  return { BilledCost: amount, ContractedCost: amount, EffectiveCost: amount, ListCost: amount };
}
