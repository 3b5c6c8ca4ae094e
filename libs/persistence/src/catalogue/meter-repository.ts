import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, MoreThan } from 'typeorm';
import { MeterRow } from '../rows/meter-row.js';
import { inOrganization } from '../tenancy.js';
import { type Created, insertRow } from './insert-row.js';
import type { PageRequest } from './page-request.js';
import { whereReference } from './reference.js';

/** A meter to be stored. */
export type NewMeter = Omit<MeterRow, 'organization' | 'folded' | 'updatedAt' | 'deletedAt'>;

/** Plan versions that price a meter and have a subscription that has not ended. */
const PLANS_IN_USE = `
  SELECT DISTINCT p.code FROM plan p JOIN plan_version v ON v.plan_id = p.id
  WHERE v.charges @> jsonb_build_array(jsonb_build_object('meterCode', $1::text))
    AND EXISTS (SELECT FROM subscription s WHERE s.plan_version_id = v.id AND (s.ended_at IS NULL OR s.ended_at > $2))
  ORDER BY p.code`;

/** The meters of one organization. Deleted ones are not found, and leave their code free. */
@Injectable()
export class MeterRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Creates a meter and tells billing-calc, which folds the log from its start; or finds the meter that has its code. */
  async create(meter: NewMeter): Promise<Created<MeterRow>> {
    return inOrganization(this.dataSource, meter.organizationId, async (manager) => {
      const isNew = await insertRow(manager, MeterRow, { ...meter, folded: false, updatedAt: meter.createdAt, deletedAt: null });
      if (isNew) await manager.query(`SELECT pg_notify('tallymark_meter', '')`);
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

  /** @param reference an id or a code. */
  async find(organizationId: string, reference: string): Promise<MeterRow | null> {
    return inOrganization(this.dataSource, organizationId, (manager) =>
      manager.findOne(MeterRow, { where: whereReference(reference, 'code').map((where) => ({ ...where, deletedAt: IsNull() })) }),
    );
  }

  /**
   * Changes how a meter is called, under a lock. `change` gets it as it is; what it throws undoes all.
   *
   * @returns the meter as it is now; null when there is none.
   */
  async update(
    organizationId: string,
    reference: string,
    now: Date,
    change: (current: MeterRow) => Partial<Pick<MeterRow, 'name' | 'unit'>>,
  ): Promise<MeterRow | null> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const where = whereReference(reference, 'code').map((alternative) => ({ ...alternative, deletedAt: IsNull() }));
      const current = await manager.findOne(MeterRow, { where, lock: { mode: 'pessimistic_write' } });
      if (current === null) return null;
      const { name, unit } = { ...current, ...change(current) };
      // Only what may change is written: billing-calc sets `folded` on the same row.
      await manager.update(MeterRow, { id: current.id }, { name, unit, updatedAt: now });
      return { ...current, name, unit, updatedAt: now };
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
      const plans: { code: string }[] = await manager.query(PLANS_IN_USE, [current.code, now]);
      if (plans.length === 0) await manager.update(MeterRow, { id: current.id }, { deletedAt: now, updatedAt: now });
      return plans.map((plan) => plan.code);
    });
  }
}
