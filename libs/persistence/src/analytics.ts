import type { Window } from '@tallymark/date-window';
import type { CustomerType } from '@tallymark/domain';
import type { EntityManager } from 'typeorm';
import type { CustomerWithSubjects } from './catalogue/customer-repository.js';
import type { SubscriptionRow } from './rows/subscription-row.js';

/** Which subscriptions to look at. Filters hold together; null does not filter. */
export interface SubscriptionFilter {
  /** Of the plan, ISO 4217. */
  readonly currency: string | null;
  readonly customerType: CustomerType | null;
  readonly customerCountry: string | null;
  readonly externalCustomerId: string | null;
  readonly externalSubscriptionId: string | null;
  /** Of a plan that the subscription is on at some time; so is the next. */
  readonly planCode: string | null;
  /** Code of a meter that a charge prices. */
  readonly meterCode: string | null;
}

const FIND = `
  SELECT s.id FROM subscription s
  JOIN customer c ON c.id = s.customer_id
  WHERE s.started_at < $2 AND (s.ended_at IS NULL OR s.ended_at > $1)
    AND ($4::text IS NULL OR c.type = $4) AND ($5::text IS NULL OR c.country = $5)
    AND ($6::text IS NULL OR c.external_id = $6) AND ($7::text IS NULL OR s.external_id = $7)
    AND EXISTS (
      SELECT FROM plan_version v JOIN plan p ON p.id = v.plan_id
      WHERE v.id = ANY (ARRAY(SELECT f.plan_version_id FROM subscription_phase f WHERE f.subscription_id = s.id) || s.plan_version_id)
        AND ($3::text IS NULL OR v.currency = $3) AND ($8::text IS NULL OR p.code = $8)
        AND ($9::text IS NULL OR v.charges @> jsonb_build_array(jsonb_build_object('meterCode', $9::text))))
  ORDER BY s.id`;

/** The ids of the subscriptions that run in some part of a window, in a fixed order. */
export async function findSubscriptionIds(manager: EntityManager, window: Window, filter: SubscriptionFilter): Promise<string[]> {
  const rows: { id: string }[] = await manager.query(FIND, [
    window.from,
    window.to,
    filter.currency,
    filter.customerType,
    filter.customerCountry,
    filter.externalCustomerId,
    filter.externalSubscriptionId,
    filter.planCode,
    filter.meterCode,
  ]);
  return rows.map((row) => row.id);
}

/** Whether {@link findSubscriptionIds} finds a subscription, given with its plan version and phases, of a customer. */
export function passesFilter(
  { subscription, customer }: { readonly subscription: SubscriptionRow; readonly customer: CustomerWithSubjects },
  window: Window,
  filter: SubscriptionFilter,
): boolean {
  const { startedAt, endedAt, externalId, planVersion, phases } = subscription;
  const is = (wanted: string | null, value: string | null): boolean => wanted === null || wanted === value;
  return (
    startedAt < window.to &&
    (endedAt === null || endedAt > window.from) &&
    is(filter.customerType, customer.type) &&
    is(filter.customerCountry, customer.country) &&
    is(filter.externalCustomerId, customer.externalId) &&
    is(filter.externalSubscriptionId, externalId) &&
    [planVersion, ...phases!.map((phase) => phase.planVersion)].some(
      (version) =>
        version &&
        is(filter.currency, version.currency) &&
        is(filter.planCode, version.plan!.code) &&
        (filter.meterCode === null || version.charges.some((charge) => charge.meterCode === filter.meterCode)),
    )
  );
}

/** The codes of meters that were deleted, also of those whose code was given to a new one. */
export async function listDeletedMeterCodes(manager: EntityManager): Promise<ReadonlySet<string>> {
  const rows: { code: string }[] = await manager.query('SELECT DISTINCT code FROM meter WHERE deleted_at IS NOT NULL');
  return new Set(rows.map((row) => row.code));
}
