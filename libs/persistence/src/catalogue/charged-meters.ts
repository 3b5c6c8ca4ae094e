import { DomainError } from '@tallymark/domain';
import type { EntityManager } from 'typeorm';

interface ChargedMeters {
  readonly plan: string;
  readonly version: number;
  /** Codes, each once. */
  readonly meters: readonly string[];
}

const CHARGED = `
  SELECT p.code AS plan, v.version, ARRAY(SELECT DISTINCT c.charge ->> 'meterCode' FROM jsonb_array_elements(v.charges) AS c (charge) ORDER BY 1) AS meters
  FROM plan_version v JOIN plan p ON p.id = v.plan_id WHERE v.id = $1`;

/** Who deletes or replaces a meter waits for this lock, and this waits for them; who notes how far a meter is folded does not. */
const HOLD = `SELECT code FROM meter WHERE code = ANY ($1) AND deleted_at IS NULL ORDER BY id FOR KEY SHARE`;

/**
 * Holds the meters that a plan version charges by until the transaction ends, before a subscription goes over to it: whoever deletes one of them then
 * sees that subscription. What is charged by a deleted meter is not counted any more.
 *
 * @throws DomainError `unprocessable` that names the meters which are deleted.
 */
export async function holdChargedMeters(manager: EntityManager, planVersionId: string): Promise<void> {
  const [charged]: ChargedMeters[] = await manager.query(CHARGED, [planVersionId]);
  const { plan, version, meters } = charged!;
  const gone = await hold(manager, meters);
  // Of one that is replaced meanwhile the first question still sees the old one alone.
  const deleted = gone.length === 0 ? gone : await hold(manager, gone);
  if (deleted.length === 0) return;
  const pointer = '/plan_code';
  const names = deleted.map((code) => JSON.stringify(code)).join(', ');
  const message = `received plan ${JSON.stringify(plan)} version ${version}, which charges by deleted meters (${names}); expected a version that charges by meters in use`;
  throw new DomainError('unprocessable', `${pointer}: ${message}`, { details: [{ pointer, code: 'deleted_meter', message }] });
}

/** @returns the codes that no meter bears. */
async function hold(manager: EntityManager, codes: readonly string[]): Promise<string[]> {
  if (codes.length === 0) return [];
  const held: { code: string }[] = await manager.query(HOLD, [codes]);
  return codes.filter((code) => !held.some((one) => one.code === code));
}
