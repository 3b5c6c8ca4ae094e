/** Length of a billing period. */
export const BILLING_INTERVALS = ['daily', 'weekly', 'monthly', 'quarterly', 'half_yearly', 'yearly'] as const;
export type BillingInterval = (typeof BILLING_INTERVALS)[number];

/** One step of a graduated or volume price. `upTo` is the last unit of the step, inclusive; null in the last step. */
export interface PriceTier {
  readonly upTo: string | null;
  readonly unitAmount: string;
  readonly flatAmount: string;
}

/** One step of a graduated percentage price: `rate` percent of the amount that falls into the step, plus `flatAmount` once it is reached. */
export interface PercentageTier {
  readonly upTo: string | null;
  readonly rate: string;
  readonly flatAmount: string;
}

/** How units become money. All amounts are decimal strings in major currency units, of any precision. */
export type PriceModel =
  | { readonly model: 'standard'; readonly unitAmount: string }
  | { readonly model: 'graduated'; readonly tiers: readonly PriceTier[] }
  | { readonly model: 'volume'; readonly tiers: readonly PriceTier[] }
  | { readonly model: 'graduated_percentage'; readonly tiers: readonly PercentageTier[] }
  | { readonly model: 'package'; readonly packageSize: string; readonly packageAmount: string }
  | {
      readonly model: 'percentage';
      /** Percent of the transacted amount: `"1.2"` is 1.2 %. */
      readonly rate: string;
      /** Added for each transaction that is not free. */
      readonly fixedAmount: string;
      readonly freeTransactions: number | null;
      readonly freeAmount: string | null;
      readonly minPerTransaction: string | null;
      readonly maxPerTransaction: string | null;
    }
  | { readonly model: 'dynamic' };

/** The name of a price model. */
export type PriceModelName = PriceModel['model'];

/** A meter's price on a plan. */
export interface Charge {
  /** The metric the charge is known by to customers, snake case: `api_calls`. Unique in its plan version. */
  readonly metric: string;
  /** For people: `API Calls`. */
  readonly name: string;
  readonly meterCode: string;
  /** What one priced unit is: `GB` where the meter counts bytes. */
  readonly unit: string;
  /** Meter units in one priced unit, such as `1000000000` for bytes to GB. Must divide exactly: a product of twos and fives. */
  readonly unitSize: string;
  /** Priced units that the plan's base amount already pays for; "0" when none. */
  readonly includedUnits: string;
  readonly price: PriceModel;
  /** Least and most that the charge comes to in one billing period; null for no bound. */
  readonly minAmount: string | null;
  readonly maxAmount: string | null;
}

/** A plan as it was sold at one time. Immutable: a change of price makes a new version. */
export interface PlanVersion {
  readonly id: string;
  readonly planId: string;
  readonly planCode: string;
  readonly planName: string;
  readonly version: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
  readonly interval: BillingInterval;
  /** Paid once per billing period whatever is used. */
  readonly baseAmount: string;
  readonly charges: readonly Charge[];
}
