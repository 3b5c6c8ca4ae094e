import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Charge } from '@tallymark/domain';
import { DataSource, type EntityManager, In, IsNull, MoreThan } from 'typeorm';
import { queueStatementsOfMeter } from '../meter-statements.js';
import { MeterRow } from '../rows/meter-row.js';
import { STORED_CHARGES } from '../rows/stored-charges.js';
import { inOrganization } from '../tenancy.js';
import { type Created, insertRow } from './insert-row.js';
import type { PageRequest } from './page-request.js';
import { whereReference } from './reference.js';

/** What a meter measures. Any change of it counts the kept events anew. */
const DEFINITION = [
  'eventType',
  'aggregation',
  'valueProperty',
  'filters',
  'groupBy',
  'recurring',
  'operationProperty',
  'amountProperty',
  'timeUnit',
] as const satisfies readonly (keyof MeterRow)[];

/** What may change in place: how a meter is called, and how what it measured is shown. */
type Presentation = Pick<MeterRow, 'name' | 'unit' | 'rounding'>;

/** What an API caller says of a meter, but for its code. */
export type MeterTerms = Presentation & Pick<MeterRow, (typeof DEFINITION)[number]>;

/** A meter to be stored. */
export type NewMeter = Pick<MeterRow, 'id' | 'organizationId' | 'code' | 'createdAt'> & MeterTerms;

/** A plan version that prices a meter, with the charges that do. */
export interface PricingPlan {
  readonly code: string;
  readonly version: number;
  readonly charges: readonly Charge[];
}

/** Plan versions that price a meter and that a subscription which has not ended is on now, or will be. */
const PLANS_IN_USE = `
  SELECT p.code, v.version, v.charges FROM plan p JOIN plan_version v ON v.plan_id = p.id
  WHERE v.charges @> jsonb_build_array(jsonb_build_object('meterCode', $1::text))
    AND EXISTS (
      SELECT FROM subscription s
      LEFT JOIN LATERAL (
        SELECT f.plan_version_id FROM subscription_phase f
        WHERE f.subscription_id = s.id AND f.plan_version_id IS NOT NULL AND f.starts_at <= $2 ORDER BY f.starts_at DESC LIMIT 1
      ) AS current ON true
      WHERE (s.ended_at IS NULL OR s.ended_at > $2) AND (
        v.id = coalesce(current.plan_version_id, s.plan_version_id)
        OR EXISTS (SELECT FROM subscription_phase f WHERE f.subscription_id = s.id AND f.plan_version_id = v.id AND f.starts_at > $2)))
  ORDER BY p.code, v.version`;

/** The meters of one organization. Deleted ones are not found, and leave their code free. */
@Injectable()
export class MeterRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Creates a meter and tells billing-calc, which folds the log from its start; or finds the meter that has its code. */
  async create(meter: NewMeter): Promise<Created<MeterRow>> {
    return inOrganization(this.dataSource, meter.organizationId, async (manager) => {
      const isNew = await insertRow(manager, MeterRow, { ...meter, updatedAt: meter.createdAt });
      if (isNew) await announce(manager);
      return { row: await manager.findOneByOrFail(MeterRow, { code: meter.code, deletedAt: IsNull() }), isNew };
    });
  }

  async list(organizationId: string, page: PageRequest): Promise<MeterRow[]> {
    return inOrganization(this.dataSource, organizationId, (manager) =>
      manager.find(MeterRow, {
        where: { deletedAt: IsNull(), ...(page.afterId === null ? {} : { id: MoreThan(page.afterId) }) },
        order: { id: 'ASC' },
        take: page.limit,
      }),
    );
  }

  /** The codes of all meters, for checking the charges of a plan. */
  async listCodes(organizationId: string): Promise<string[]> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const rows: { code: string }[] = await manager.query('SELECT code FROM meter WHERE deleted_at IS NULL ORDER BY code');
      return rows.map((row) => row.code);
    });
  }

  /** Those of the meters with these codes that exist, by code. */
  async findByCodes(organizationId: string, codes: readonly string[]): Promise<Map<string, MeterRow>> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const rows = await manager.find(MeterRow, { where: { code: In(codes), deletedAt: IsNull() } });
      return new Map(rows.map((row) => [row.code, row]));
    });
  }

  /** @param reference an id or a code. */
  async find(organizationId: string, reference: string): Promise<MeterRow | null> {
    return inOrganization(this.dataSource, organizationId, (manager) =>
      manager.findOne(MeterRow, { where: whereReference(reference, 'code').map((where) => ({ ...where, deletedAt: IsNull() })) }),
    );
  }

  /**
   * Changes a meter, under a lock. `change` gets it as it is and who prices by it; what it throws undoes all. A change of what is measured puts a new meter in its place, which
   * takes over the code, and with it the charges that name it, and folds the kept log from its start.
   *
   * @param newId the id of the meter that takes the place, if one does.
   * @returns the meter as it is now; null when there is none.
   */
  async update(
    organizationId: string,
    reference: string,
    { now, newId }: { readonly now: Date; readonly newId: string },
    change: (current: MeterRow, pricing: readonly PricingPlan[]) => MeterTerms,
  ): Promise<MeterRow | null> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const where = whereReference(reference, 'code').map((alternative) => ({ ...alternative, deletedAt: IsNull() }));
      const current = await manager.findOne(MeterRow, { where, lock: { mode: 'pessimistic_write' } });
      if (current === null) return null;
      const { name, unit, rounding, ...definition } = change(current, await plansPricing(manager, current.code, now));
      if (DEFINITION.every((member) => isDeepStrictEqual(definition[member], current[member]))) {
        // Only what may change is written: billing-calc writes how far it is on the same row.
        await manager.update(MeterRow, { id: current.id }, { name, unit, rounding: rounding as object | null, updatedAt: now });
        if (!isDeepStrictEqual(rounding, current.rounding)) await queueStatementsOfMeter(manager, organizationId, current.code);
        return { ...current, name, unit, rounding, updatedAt: now };
      }
      await manager.update(MeterRow, { id: current.id }, { deletedAt: now, updatedAt: now });
      const { code } = current;
      const successor = { id: newId, organizationId, code, name, unit, rounding, ...definition, replacesId: current.id };
      await manager.insert(MeterRow, { ...successor, createdAt: now, updatedAt: now });
      await announce(manager);
      return manager.findOneByOrFail(MeterRow, { id: newId });
    });
  }

  /**
   * Marks a meter as deleted unless a running subscription is priced by it. `check` gets it as it is; what it throws undoes all.
   *
   * @returns the codes of the plans that hold it back, none when it is deleted now; null when there is no such meter.
   */
  async delete(organizationId: string, reference: string, now: Date, check: (current: MeterRow) => void): Promise<string[] | null> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const where = whereReference(reference, 'code').map((alternative) => ({ ...alternative, deletedAt: IsNull() }));
      const current = await manager.findOne(MeterRow, { where, lock: { mode: 'pessimistic_write' } });
      if (current === null) return null;
      check(current);
      const plans = await plansPricing(manager, current.code, now);
      if (plans.length === 0) await manager.update(MeterRow, { id: current.id }, { deletedAt: now, updatedAt: now });
      return [...new Set(plans.map((plan) => plan.code))];
    });
  }
}

async function plansPricing(manager: EntityManager, meterCode: string, now: Date): Promise<PricingPlan[]> {
  const rows: { code: string; version: number; charges: Charge[] }[] = await manager.query(PLANS_IN_USE, [meterCode, now]);
  return rows.map((row) => ({ ...row, charges: STORED_CHARGES.from(row.charges).filter((charge) => charge.meterCode === meterCode) }));
}

/** Tells billing-calc of a meter to fold the log for. */
async function announce(manager: EntityManager): Promise<void> {
  await manager.query(`SELECT pg_notify('tallymark_meter', '')`);
}
