/** `calendar`: periods start with the calendar's day, week, month, …; `anniversary`: with the day the subscription started. */
export const BILLING_TIMES = ['calendar', 'anniversary'] as const;
export type BillingTime = (typeof BILLING_TIMES)[number];

/** A customer on a plan version. Both plan version and time zone are those it started with: they may change while it runs. */
export interface Subscription {
  readonly id: string;
  readonly organizationId: string;
  readonly externalId: string;
  readonly customerId: string;
  readonly planVersionId: string;
  readonly billingTime: BillingTime;
  /** IANA zone in which periods begin and end. */
  readonly timeZone: string;
  readonly startedAt: Date;
  /** Exclusive; null while it runs. */
  readonly endedAt: Date | null;
}

/** Who uses what the organization sells. */
export interface Customer {
  readonly id: string;
  readonly organizationId: string;
  readonly externalId: string;
  readonly name: string;
  readonly type: CustomerType | null;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string | null;
  readonly currency: string | null;
  readonly timeZone: string;
  /** The strings by which events name this customer. Each belongs to at most one customer of an organization. */
  readonly subjects: readonly string[];
}

export const CUSTOMER_TYPES = ['company', 'individual'] as const;
export type CustomerType = (typeof CUSTOMER_TYPES)[number];
