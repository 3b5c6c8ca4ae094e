import type { LagoBucket, LagoGranularity } from '@tallymark/date-window';
import type { CustomerType, Decimal } from '@tallymark/domain';

/** What the caller wants to know of an organization's usage. Filters hold together; null does not filter. */
export interface LagoUsageFilters {
  /** ISO 4217, upper case. */
  readonly currency: string | null;
  readonly customerType: CustomerType | null;
  readonly externalCustomerId: string | null;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly customerCountry: string | null;
  readonly externalSubscriptionId: string | null;
  /** Keep only meters whose `recurring` equals this. */
  readonly isRecurring: boolean | null;
  readonly planCode: string | null;
  readonly metricCode: string | null;
}

/** The dates of a row, `YYYY-MM-DD` in the organization's zone, both inclusive. */
export interface LagoPeriod {
  readonly start: string;
  readonly end: string;
}

/** A request, read. */
export interface LagoUsageQuery {
  readonly granularity: LagoGranularity;
  /** Ascending, without gap or overlap; weeks begin on Monday; the first and last are cut where the request cuts them. */
  readonly periods: readonly LagoBucket[];
  readonly filters: LagoUsageFilters;
}

/** Usage of one metric in one period and one currency. Currencies are never added up. */
export interface LagoUsageRow {
  readonly organizationId: string;
  readonly period: LagoPeriod;
  readonly metricCode: string;
  readonly currency: string;
  /** Exact, in major units; rounded half up when it is rendered. */
  readonly amount: Decimal;
  readonly units: Decimal;
  /** Whether a metric of this code was deleted. */
  readonly isMetricDeleted: boolean;
}

/** A row as another server reports it. What the contract leaves optional is null when it was absent. */
export interface LagoReportedRow {
  readonly organizationId: string | null;
  readonly period: LagoPeriod | null;
  readonly metricCode: string | null;
  readonly currency: string;
  /** In major units; a whole number of minor units. */
  readonly amount: Decimal;
  readonly units: Decimal | null;
  readonly isMetricDeleted: boolean;
}
