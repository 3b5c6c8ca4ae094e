import type { DataSource, EntityManager } from 'typeorm';
import { readOldestKept } from './statement-recounts.js';

const QUEUE = `
  INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to)
  SELECT s.organization_id, s.subscription_id, min(s.period_from), max(s.period_to)
  FROM statement s JOIN plan_version v ON v.id = s.plan_version_id
  WHERE s.organization_id = $1 AND s.status <> 'closed' AND v.charges @> jsonb_build_array(jsonb_build_object('meterCode', $2::text))
  GROUP BY s.organization_id, s.subscription_id`;

/** Queues the statements that charge for a meter and are not closed, for a change of the meter that no new event tells of. */
export async function queueStatementsOfMeter(manager: EntityManager, organizationId: string, code: string): Promise<void> {
  await manager.query(QUEUE, [organizationId, code]);
  await manager.query(`SELECT pg_notify('tallymark_statement', '')`);
}

/** Ids of the plan versions of which a charge is by a meter that is deleted, and whose code no other bears. */
const ON_DELETED_METERS = `
  SELECT v.id FROM plan_version v CROSS JOIN LATERAL jsonb_array_elements(v.charges) AS c (charge)
  JOIN meter m ON m.organization_id = v.organization_id AND m.code = c.charge ->> 'meterCode'
  GROUP BY v.id, m.code HAVING bool_and(m.deleted_at IS NOT NULL)`;

/** The condition, in SQL, that a statement `s` is not closed and rests on a deleted meter: nothing is folded for it, and so no event queues the statement. */
export const IS_SILENT = `(s.status <> 'closed' AND s.plan_version_id IN (${ON_DELETED_METERS}))`;

/**
 * Queues the statements that late events may reach unnoticed and that are not closed. Those whose events are not all kept any more stay as they are: made
 * anew they would say less.
 */
export async function queueSilentStatements(dataSource: DataSource): Promise<void> {
  await dataSource.query(
    `INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to)
     SELECT s.organization_id, s.subscription_id, min(s.period_from), max(s.period_to) FROM statement s
     WHERE ${IS_SILENT} AND s.period_from >= $1 GROUP BY s.organization_id, s.subscription_id`,
    [await readOldestKept(dataSource.manager)],
  );
}
