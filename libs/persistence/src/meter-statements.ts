import type { EntityManager } from 'typeorm';

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
