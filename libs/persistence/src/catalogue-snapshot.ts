import type { Billable } from './billable.js';
import type { CustomerWithSubjects } from './catalogue/customer-repository.js';
import { type Read, type PreparedStatement, readBatch } from './read-batch.js';
import type { MeterRow } from './rows/meter-row.js';
import type { OrganizationSettings } from './rows/organization-row.js';
import type { PlanVersionRow } from './rows/plan-version-row.js';
import { STORED_CHARGES } from './rows/stored-charges.js';
import type { SubscriptionRow } from './rows/subscription-row.js';
import { courseOf } from './subscription-course.js';
import type { DataSource } from 'typeorm';

/** What belongs to a whole organization, as it stood at a version. */
export interface OrganizationSnapshot {
  /** Null while nothing of it has ever changed. */
  readonly version: string | null;
  readonly settings: OrganizationSettings;
  /** Deleted ones too, those first. */
  readonly meters: readonly MeterRow[];
  /** By code: a deleted meter keeps its past usage; where its code was given to a new one, that one counts. */
  readonly metersByCode: ReadonlyMap<string, MeterRow>;
}

/** A customer and what belongs to it, as it stood at a version. */
export interface CustomerSnapshot {
  /** Null while nothing of it has ever changed. */
  readonly version: string | null;
  readonly customer: CustomerWithSubjects;
  /** In no particular order. */
  readonly subscriptions: readonly Omit<Billable, 'meters'>[];
}

/** Which customer: by our id, or by the caller's. */
export type CustomerReference = { readonly id: string } | { readonly externalId: string };

/** The versions of both scopes, and the receipt of the oldest commit of the organization that is not folded yet, in milliseconds since 1970. */
export interface CatalogueState {
  readonly organization: string | null;
  readonly customer: string | null;
  readonly oldest: string | null;
}

const stateSql = (customerId: string): string => `
  SELECT (SELECT v.version FROM catalogue_version v WHERE v.organization_id = $1::uuid AND v.scope_id = $1::uuid) AS organization,
    (SELECT v.version FROM catalogue_version v WHERE v.organization_id = $1::uuid AND v.scope_id = ${customerId}) AS customer,
    (SELECT min(commit_id) >> 20 FROM ingest_commit) AS oldest`;
const STATE: PreparedStatement = { name: 'catalogue_state', sql: stateSql('$2::uuid') };

const CUSTOMER_BY = {
  id: { name: 'id', condition: 'c.id = $1::uuid' },
  externalId: { name: 'external_id', condition: 'c.external_id = $1' },
} as const;
type CustomerKey = keyof typeof CUSTOMER_BY;

/** What stands now. It is asked before whatever rests on it. */
export function catalogueState(organizationId: string, customerId: string): Read<CatalogueState> {
  return { statement: STATE, values: [organizationId, customerId], answer: ([row]: readonly CatalogueState[]) => row! };
}

const SETTINGS: PreparedStatement = { name: 'catalogue_settings', sql: 'SELECT settings FROM organization WHERE id = $1' };
const METERS: PreparedStatement = {
  name: 'catalogue_meters',
  sql: `
    SELECT id, organization_id AS "organizationId", code, name, unit, event_type AS "eventType", aggregation, value_property AS "valueProperty", filters,
      group_by AS "groupBy", recurring, operation_property AS "operationProperty", amount_property AS "amountProperty", time_unit AS "timeUnit", rounding,
      replaces_id AS "replacesId", folded, backfilling, fold_attempt AS "foldAttempt", fold_progress AS "foldProgress",
      created_at AS "createdAt", updated_at AS "updatedAt", deleted_at AS "deletedAt"
    FROM meter WHERE organization_id = $1 ORDER BY deleted_at ASC NULLS LAST`,
};

/** Reads what belongs to an organization, in one round trip: the version first, so that what is read with it is as new or newer. */
export async function loadOrganizationSnapshot(dataSource: DataSource, organizationId: string): Promise<OrganizationSnapshot> {
  const [state, settings, meters] = await readBatch<[CatalogueState, OrganizationSettings, readonly MeterRow[]]>(
    dataSource,
    organizationId,
    [
      catalogueState(organizationId, organizationId),
      {
        statement: SETTINGS,
        values: [organizationId],
        answer: ([row]: readonly { readonly settings: OrganizationSettings }[]) => row?.settings ?? {},
      },
      { statement: METERS, values: [organizationId], answer: (rows: readonly MeterRow[]) => rows },
    ],
  );
  return { version: state.organization, settings, meters, metersByCode: new Map(meters.map((meter) => [meter.code, meter])) };
}

/** The customer, and the versions in the way of each statement after the first. */
const statements = (key: CustomerKey): Record<'state' | 'customer' | 'subscriptions' | 'phases' | 'planVersions', PreparedStatement> => {
  const { name, condition } = CUSTOMER_BY[key];
  const own = `customer_id = (SELECT c.id FROM customer c WHERE ${condition})`;
  const subscriptions = `SELECT s.id FROM subscription s WHERE s.${own}`;
  return {
    state: {
      name: `catalogue_state_by_${name}`,
      sql: `
        SELECT (SELECT v.version FROM catalogue_version v WHERE v.organization_id = current_organization() AND v.scope_id = (SELECT c.id FROM customer c WHERE ${condition})) AS version`,
    },
    customer: {
      name: `catalogue_customer_by_${name}`,
      sql: `
        SELECT c.id, c.organization_id AS "organizationId", c.external_id AS "externalId", c.name, c.type, c.country, c.currency, c.time_zone AS "timeZone",
          c.created_at AS "createdAt", c.updated_at AS "updatedAt", ARRAY(SELECT s.subject FROM customer_subject s WHERE s.customer_id = c.id) AS subjects
        FROM customer c WHERE ${condition}`,
    },
    subscriptions: {
      name: `catalogue_subscriptions_by_${name}`,
      sql: `
        SELECT s.id, s.organization_id AS "organizationId", s.external_id AS "externalId", s.customer_id AS "customerId", s.plan_version_id AS "planVersionId",
          s.billing_time AS "billingTime", s.time_zone AS "timeZone", s.started_at AS "startedAt", s.ended_at AS "endedAt", s.created_at AS "createdAt", s.updated_at AS "updatedAt"
        FROM subscription s WHERE s.${own}`,
    },
    phases: {
      name: `catalogue_phases_by_${name}`,
      sql: `
        SELECT f.subscription_id AS "subscriptionId", f.starts_at AS "startsAt", f.organization_id AS "organizationId", f.plan_version_id AS "planVersionId",
          f.time_zone AS "timeZone", f.requested_by AS "requestedBy", f.created_at AS "createdAt"
        FROM subscription_phase f WHERE f.subscription_id IN (${subscriptions})`,
    },
    planVersions: {
      name: `catalogue_plan_versions_by_${name}`,
      sql: `
        SELECT v.id, v.organization_id AS "organizationId", v.plan_id AS "planId", v.version, v.currency, v."interval", v.base_amount AS "baseAmount",
          v.minimum_commitment AS "minimumCommitment", v.trial_days AS "trialDays", v.charges, v.created_at AS "createdAt", p.code AS "planCode", p.name AS "planName", p.created_at AS "planCreatedAt"
        FROM plan_version v JOIN plan p ON p.id = v.plan_id
        WHERE v.id IN (SELECT s.plan_version_id FROM subscription s WHERE s.${own} UNION SELECT f.plan_version_id FROM subscription_phase f WHERE f.subscription_id IN (${subscriptions}))`,
    },
  };
};
const LOAD = { id: statements('id'), externalId: statements('externalId') };

type PlanVersionRecord = Omit<PlanVersionRow, 'charges' | 'plan'> & {
  readonly charges: Parameters<typeof STORED_CHARGES.from>[0];
  readonly planCode: string;
  readonly planName: string;
  readonly planCreatedAt: Date;
};
type PhaseRecord = Omit<NonNullable<SubscriptionRow['phases']>[number], 'planVersion'>;
type CustomerParts = [
  string | null,
  CustomerWithSubjects | null,
  readonly SubscriptionRow[],
  readonly PhaseRecord[],
  ReadonlyMap<string, PlanVersionRow>,
];

/** Reads a customer and what belongs to it, in one round trip, the version first; null when there is none. */
export async function loadCustomerSnapshot(
  dataSource: DataSource,
  organizationId: string,
  reference: CustomerReference,
): Promise<CustomerSnapshot | null> {
  const [load, key] = 'id' in reference ? ([LOAD.id, reference.id] as const) : ([LOAD.externalId, reference.externalId] as const);
  const all = <T>(rows: readonly T[]): readonly T[] => rows;
  const [version, customer, subscriptions, phases, planVersions] = await readBatch<CustomerParts>(dataSource, organizationId, [
    { statement: load.state, values: [key], answer: ([row]: readonly { readonly version: string | null }[]) => row!.version },
    { statement: load.customer, values: [key], answer: ([row]: readonly CustomerWithSubjects[]) => row ?? null },
    { statement: load.subscriptions, values: [key], answer: all<SubscriptionRow> },
    { statement: load.phases, values: [key], answer: all<PhaseRecord> },
    {
      statement: load.planVersions,
      values: [key],
      answer: (rows: readonly PlanVersionRecord[]) => new Map(rows.map((row) => [row.id, planVersionRowOf(row)])),
    },
  ]);
  if (customer === null) return null;
  // Each statement sees what is committed when it begins: a change between two of them leaves a plan version that was not read.
  const planVersionIds = [...subscriptions, ...phases].flatMap(({ planVersionId }) => (planVersionId === null ? [] : [planVersionId]));
  if (!planVersionIds.every((id) => planVersions.has(id))) return loadCustomerSnapshot(dataSource, organizationId, reference);
  const subjects = [...customer.subjects].sort();
  return {
    version,
    customer: { ...customer, subjects },
    subscriptions: subscriptions.map((row) => {
      const subscription: SubscriptionRow = {
        ...row,
        planVersion: planVersions.get(row.planVersionId)!,
        phases: phases
          .filter((phase) => phase.subscriptionId === row.id)
          .map((phase) => ({ ...phase, planVersion: phase.planVersionId === null ? null : planVersions.get(phase.planVersionId)! })),
      };
      return { subscription, ...courseOf(subscription), subjects };
    }),
  };
}

function planVersionRowOf({ planCode, planName, planCreatedAt, charges, ...row }: PlanVersionRecord): PlanVersionRow {
  const plan = { id: row.planId, organizationId: row.organizationId, code: planCode, name: planName, createdAt: planCreatedAt };
  return { ...row, plan, charges: STORED_CHARGES.from(charges) };
}
