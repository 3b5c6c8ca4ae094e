import { Window } from '@tallymark/date-window';
import type { MeterRounding } from '@tallymark/domain';
import { type EntityManager, In } from 'typeorm';
import { type Billable, type Billing, loadBillables } from './billable.js';
import { planVersionOf } from './plan-version.js';
import { MeterRow } from './rows/meter-row.js';
import { PlanVersionRow } from './rows/plan-version-row.js';
import type { StatementRow } from './rows/statement-row.js';

type Instants = readonly [from: string, to: string];

/**
 * All that a closed statement was made from, the events apart: with the events as of its close it yields the very same statement, whatever has
 * become of the subscription, its customer's subjects and the meters since.
 */
export interface StatementBasis {
  /** False where the statement holds adjustments alone: the subscription had ended. */
  readonly isBilled: boolean;
  readonly planVersionId: string;
  readonly subjects: readonly string[];
  /** By code: those that the plan's charges asked at the close. A meter's other properties never change. */
  readonly meters: Readonly<Record<string, { readonly id: string; readonly rounding: MeterRounding | null }>>;
  readonly window: Instants;
  readonly whole: Instants;
  readonly baseWindow: Instants | null;
}

/** What a statement is made from. */
export function basisOf(billing: Billing, isBilled: boolean): StatementBasis {
  const { billable, planVersion, window, whole = window, baseWindow = window } = billing;
  const codes = [...new Set(planVersion.charges.map((charge) => charge.meterCode))].sort();
  return {
    isBilled,
    planVersionId: planVersion.id,
    subjects: [...billable.subjects],
    meters: Object.fromEntries(
      codes.flatMap((code) => {
        const meter = billable.meters.get(code);
        return meter === undefined ? [] : [[code, { id: meter.id, rounding: meter.rounding }]];
      }),
    ),
    window: instantsOf(window),
    whole: instantsOf(whole),
    baseWindow: baseWindow === null ? null : instantsOf(baseWindow),
  };
}

/** A closed statement with what it was made from. */
export interface ClosedBilling {
  readonly statement: ClosedStatement;
  readonly billing: Billing;
  /** Whether a meter it rests on has been deleted or replaced since: its buckets are no longer kept up. */
  readonly hasDeletedMeter: boolean;
  /** False where events that reach it need not touch its subscription: one of its meters or subjects is no longer in use there. See `queueSilentRecounts`. */
  readonly isAnnounced: boolean;
}

/** The members of a stored statement that tell how it closed. */
export type ClosedStatement = Pick<StatementRow, 'subscriptionId' | 'periodFrom' | 'periodTo' | 'amounts' | 'asOf'> & {
  readonly basis: StatementBasis;
};

/** Closed statements as billings: their window, plan version, subjects and meters are those of the close. */
export async function loadClosedBillings(manager: EntityManager, statements: readonly ClosedStatement[]): Promise<ClosedBilling[]> {
  if (statements.length === 0) return [];
  const bases = statements.map((statement) => statement.basis);
  const billables = byId(
    await loadBillables(manager, { ids: unique(statements.map((one) => one.subscriptionId)) }),
    (billable) => billable.subscription.id,
  );
  const versions = byId(
    await manager.find(PlanVersionRow, { where: { id: In(unique(bases.map((basis) => basis.planVersionId))) }, relations: { plan: true } }),
    (version) => version.id,
  );
  const meterIds = unique(bases.flatMap((basis) => Object.values(basis.meters).map((meter) => meter.id)));
  const meters = byId(meterIds.length === 0 ? [] : await manager.findBy(MeterRow, { id: In(meterIds) }), (meter) => meter.id);
  return statements.map((statement) => {
    const { basis } = statement;
    const billable = billables.get(statement.subscriptionId)!;
    const deleted = Object.values(basis.meters).filter(({ id }) => meters.get(id)!.deletedAt !== null);
    return {
      statement,
      billing: {
        billable: billableAtClose(billable, basis, meters),
        planVersion: planVersionOf(versions.get(basis.planVersionId)!),
        window: windowOf(basis.window),
        whole: windowOf(basis.whole),
        baseWindow: basis.baseWindow === null ? null : windowOf(basis.baseWindow),
        gauges: 'latest' as const,
      },
      hasDeletedMeter: deleted.length > 0,
      isAnnounced: deleted.length === 0 && basis.subjects.every((subject) => billable.subjects.includes(subject)),
    };
  });
}

function billableAtClose(billable: Billable, basis: StatementBasis, meters: ReadonlyMap<string, MeterRow>): Billable {
  return {
    ...billable,
    subjects: basis.subjects,
    meters: new Map(Object.entries(basis.meters).map(([code, { id, rounding }]) => [code, { ...meters.get(id)!, rounding }])),
  };
}

function instantsOf(window: Window): Instants {
  return [window.from.toISOString(), window.to.toISOString()];
}

function windowOf([from, to]: Instants): Window {
  return Window.of(new Date(from), new Date(to));
}

function byId<T>(rows: readonly T[], id: (row: T) => string): Map<string, T> {
  return new Map(rows.map((row) => [id(row), row]));
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
