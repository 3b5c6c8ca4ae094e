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

/** Another price for a part of a charge's usage: events whose dimensions hold one of the listed values, in every dimension listed. */
export interface ChargeFilter {
  /** For people: `Europe`. */
  readonly name: string;
  /** Dimension of the meter → values; at least one of each. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly includedUnits: string;
  readonly price: PriceModel;
}

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
  /**
   * Usage goes to the filter that names the most dimensions, among equals to the earlier one; what no filter takes pays `price`.
   * Each filter has tiers and included units of its own. Empty for one price.
   */
  readonly filters: readonly ChargeFilter[];
  /** Dimensions of the meter by whose values usage is priced apart, each group with tiers and included units of its own. Empty for one price. */
  readonly pricingGroups: readonly string[];
  /** Whether a part of a billing period owes a part of the amount: for quantities that stand, such as seats. Flows owe what flowed. */
  readonly prorated: boolean;
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
  /** Least that a billing period comes to in all, base amount included, prorated as it is; null for none. */
  readonly minimumCommitment: string | null;
  /** Local days from the subscription's start in which no base amount is owed; usage is. 0 for no trial. */
  readonly trialDays: number;
  readonly charges: readonly Charge[];
}
