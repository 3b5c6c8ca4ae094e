import type { CrossmintMonth } from '@tallymark/date-window';
import type { Decimal } from '@tallymark/domain';

/** Where the contract is mounted: its servers carry `/api`, its paths do not, and two dated versions exist. */
export const CROSSMINT_PREFIXES = ['/api/v1-alpha1', '/v1-alpha1', '/api/2022-06-09/v1-alpha1', '/api/2024-01-01/v1-alpha1'] as const;

/** Routes of the contract, in the order of {@link CROSSMINT_PREFIXES}. */
export const CROSSMINT_PATHS: readonly string[] = CROSSMINT_PREFIXES.map((prefix) => `${prefix}/projects/{projectId}/usage`);

/** What can be asked for. Case-sensitive. An active wallet has at least one event in the UTC month. */
export const CROSSMINT_DIMENSIONS = ['monthly_active_wallets'] as const;
/** See {@link CROSSMINT_DIMENSIONS}. */
export type CrossmintDimension = (typeof CROSSMINT_DIMENSIONS)[number];

/** What frames a request and its answer alike. */
export interface CrossmintFrame {
  readonly dimension: CrossmintDimension;
  /** Whether months come as a list; one object otherwise, and then there is exactly one month. */
  readonly isList: boolean;
}

/** A request, read. */
export interface CrossmintUsageQuery extends CrossmintFrame {
  /** UUID in lower case, or null for the project that the API key belongs to. */
  readonly projectId: string | null;
  /** Ascending, without gaps, at least one. */
  readonly months: readonly CrossmintMonth[];
}

/** Distinct wallets active in one month. */
export interface CrossmintMonthUsage {
  /** `YYYY-MM`. */
  readonly month: string;
  /** A whole number ≥ 0. */
  readonly activeWallets: Decimal;
}

/** A project's usage. */
export interface CrossmintUsage extends CrossmintFrame {
  /** `YYYY-MM`, ascending. */
  readonly months: readonly string[];
  /** At most one per month; a month without a row is zero. */
  readonly rows: readonly CrossmintMonthUsage[];
}
