import { Injectable } from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import { DataSource, type EntityManager, MoreThan } from 'typeorm';
import type { CorrectionActor, CorrectionKind, CorrectionStatus, CorrectionTask } from '../correction-types.js';
import { CorrectionRow } from '../rows/correction-row.js';
import { sqlStateOf } from '../sql-state.js';
import { inOrganization } from '../tenancy.js';
import type { Created } from './insert-row.js';
import type { PageRequest } from './page-request.js';
import { preferId, whereReference } from './reference.js';

/** A correction that is asked for. */
export interface NewCorrection {
  readonly id: string;
  readonly organizationId: string;
  readonly externalId: string | null;
  readonly kind: CorrectionKind;
  readonly reason: string;
  /** The request's body as JSON text, so that no number in it loses a digit. */
  readonly bodyJson: string;
  readonly task: Exclude<CorrectionTask, 'revert'>;
  readonly requestedBy: CorrectionActor;
  readonly createdAt: Date;
}

/** Members of the body that have columns of their own, or say how to do it and not what. */
const NOT_THE_REQUEST = ['kind', 'reason', 'external_id', 'dry_run'];

const INSERT = `
  INSERT INTO correction (id, organization_id, external_id, kind, task, task_by, reason, request, request_hash, requested_by, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb - $9::text[], sha256(convert_to(($8::jsonb - 'external_id')::text, 'UTF8')), $6, $10)
  ON CONFLICT DO NOTHING RETURNING id`;

/** SQLSTATE class 22: what was sent is no value of the column's type. */
const DATA_EXCEPTION = /^22/;

/** All columns but the request. */
const SUMMARY = {
  id: true,
  organizationId: true,
  externalId: true,
  kind: true,
  status: true,
  task: true,
  reason: true,
  requestedBy: true,
  createdAt: true,
  impact: true,
  failure: true,
  voidedEvents: true,
  addedEvents: true,
  dryRunAt: true,
  appliedAt: true,
  appliedBy: true,
  revertedAt: true,
  revertedBy: true,
  revertReason: true,
} as const;

/** The corrections of one organization: what is asked for, and what became of it. billing-calc does the work. */
@Injectable()
export class CorrectionRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Writes down what is asked for and tells billing-calc.
   *
   * @returns the correction that has the external id already, where there is one; `isSame` tells whether the same was asked for then.
   * @throws DomainError `unprocessable` when the body holds what JavaScript reads and PostgreSQL keeps not, such as 1e-300000.
   */
  async create(correction: NewCorrection): Promise<Created<CorrectionRow> & { readonly isSame: boolean }> {
    return inOrganization(this.dataSource, correction.organizationId, async (manager) => {
      const inserted = await insertCorrection(manager, correction);
      const isNew = inserted.length > 0;
      if (isNew) await notifyCalc(manager);
      const row = await manager.findOneByOrFail(CorrectionRow, isNew ? { id: correction.id } : { externalId: correction.externalId! });
      return { row, isNew, isSame: isNew || (await isSameRequest(manager, row, correction.bodyJson)) };
    });
  }

  /** By id or external id; null when there is none. */
  async find(organizationId: string, reference: string): Promise<CorrectionRow | null> {
    return inOrganization(this.dataSource, organizationId, async (manager) =>
      preferId(await manager.findBy(CorrectionRow, whereReference(reference, 'externalId')), reference),
    );
  }

  /** Oldest first; their requests without the events given, which may be many. */
  async list(organizationId: string, filter: { readonly status: CorrectionStatus | null }, page: PageRequest): Promise<CorrectionRow[]> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const rows = await manager.find(CorrectionRow, {
        select: SUMMARY,
        where: {
          ...(page.afterId === null ? {} : { id: MoreThan(page.afterId) }),
          ...(filter.status === null ? {} : { status: filter.status }),
        },
        order: { id: 'ASC' },
        take: page.limit,
      });
      const requests: { id: string; request: Record<string, unknown> }[] = await manager.query(
        `SELECT id, request - 'events' AS request FROM correction WHERE id = ANY ($1)`,
        [rows.map((row) => row.id)],
      );
      const requestById = new Map(requests.map((one) => [one.id, one.request]));
      for (const row of rows) row.request = requestById.get(row.id)!;
      return rows;
    });
  }

  /**
   * Asks billing-calc for a task, unless one is under way or `decide` says no.
   *
   * @param decide whether the task is to be asked for, given the correction as it stands; may throw.
   * @returns the correction; null when there is none.
   */
  async requestTask(
    organizationId: string,
    reference: string,
    request: { readonly task: CorrectionTask; readonly by: CorrectionActor; readonly reason?: string },
    decide: (correction: CorrectionRow) => boolean,
  ): Promise<CorrectionRow | null> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const rows = await manager.find(CorrectionRow, {
        where: whereReference(reference, 'externalId'),
        lock: { mode: 'pessimistic_write' },
      });
      const row = preferId(rows, reference);
      if (row === null || row.task !== null || !decide(row)) return row;
      await manager.query(
        'UPDATE correction SET task = $2, task_by = $3, failure = NULL, revert_reason = coalesce($4, revert_reason) WHERE id = $1',
        [row.id, request.task, JSON.stringify(request.by), request.reason ?? null],
      );
      await notifyCalc(manager);
      return manager.findOneByOrFail(CorrectionRow, { id: row.id });
    });
  }
}

async function insertCorrection(manager: EntityManager, correction: NewCorrection): Promise<unknown[]> {
  try {
    return await manager.query(INSERT, [
      correction.id,
      correction.organizationId,
      correction.externalId,
      correction.kind,
      correction.task,
      JSON.stringify(correction.requestedBy),
      correction.reason,
      correction.bodyJson,
      NOT_THE_REQUEST,
      correction.createdAt,
    ]);
  } catch (error) {
    const state = sqlStateOf(error);
    if (!DATA_EXCEPTION.test(state)) throw error;
    const message = `the body can't be kept (SQLSTATE ${state}); expected numbers and text that PostgreSQL's jsonb holds`;
    throw new DomainError('unprocessable', message, { details: [{ pointer: '', code: 'not_storable', message }] });
  }
}

async function notifyCalc(manager: EntityManager): Promise<void> {
  await manager.query(`SELECT pg_notify('tallymark_correction', '')`);
}

async function isSameRequest(manager: EntityManager, row: CorrectionRow, bodyJson: string): Promise<boolean> {
  const same: unknown[] = await manager.query(
    `SELECT FROM correction WHERE id = $1 AND request_hash = sha256(convert_to(($2::jsonb - 'external_id')::text, 'UTF8'))`,
    [row.id, bodyJson],
  );
  return same.length > 0;
}
