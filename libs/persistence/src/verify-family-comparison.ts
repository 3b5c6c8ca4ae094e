import type { EntityManager } from 'typeorm';
import { SqlParameters } from './sql-parameters.js';
import {
  type FamilyCount,
  type MeterFamily,
  type VerifiedMeter,
  type VerifiedWindow,
  compareFamily,
  familiesOf,
  readsNumbers,
} from './verify-families.js';
import { DECIMALS, INTEGERS, type NumberReading } from './verify-numbers.js';

/** About the most bytes of the log that are compared at once: what is recomputed from them has to fit into memory, and is found faster where it is little. */
const BYTES_AT_ONCE = 64 * 1024 * 1024;

/** What was carried from dropped months begins with 1970 and rests on no event that is kept; nothing else is as old. */
const FIRST_INSTANT = new Date(1);
const LAST_INSTANT = new Date('9999-12-31T00:00:00Z');

/**
 * The fast way to find that buckets are equal, beside the general one, which says what differs: meters are compared family by family, month by month
 * where months are large, and of each bucket nothing leaves the database.
 */
export class FamilyComparison {
  /** By the id of the meter. Made when the first of the family is asked for. */
  private readonly outcomes = new Map<string, number | null>();

  private constructor(
    private readonly manager: EntityManager,
    private readonly families: ReadonlyMap<string, MeterFamily>,
    private readonly windows: readonly VerifiedWindow[],
    private readonly pending: ReadonlySet<string>,
  ) {}

  static async begin(manager: EntityManager, meters: readonly VerifiedMeter[]): Promise<FamilyComparison> {
    const families = new Map(familiesOf(meters).flatMap((family) => family.map(({ id }) => [id, family] as const)));
    const pending: { organization_id: string }[] = await manager.query('SELECT DISTINCT organization_id FROM ingest_commit');
    return new FamilyComparison(manager, families, await readWindows(manager), new Set(pending.map((row) => row.organization_id)));
  }

  /** @returns how many buckets the log yields for a meter where the stored ones are these and no others; null where they are not, or this is not the way to tell. */
  async recomputedWhereEqual({ id }: VerifiedMeter): Promise<number | null> {
    const family = this.families.get(id);
    if (family === undefined) return null;
    if (!this.outcomes.has(id)) await this.compare(family);
    return this.outcomes.get(id)!;
  }

  private async compare(family: MeterFamily): Promise<void> {
    for (const { id } of family) this.outcomes.set(id, 0);
    let numbers = INTEGERS;
    for (const window of this.windows) {
      let counts = await this.count(family, window, numbers);
      if (numbers === INTEGERS && readsNumbers(family) && !counts.every(isEqual)) {
        // There are other numbers, or buckets that differ.
        numbers = DECIMALS;
        counts = await this.count(family, window, numbers);
      }
      for (const count of counts) {
        const before = this.outcomes.get(count.meter_id)!;
        this.outcomes.set(count.meter_id, before === null || !isEqual(count) ? null : before + Number(count.recomputed));
      }
    }
  }

  private count(family: MeterFamily, window: VerifiedWindow, numbers: NumberReading): Promise<FamilyCount[]> {
    const parameters = new SqlParameters();
    const hasPending = this.pending.has(family[0].organization_id);
    const sql = compareFamily(family, { window, hasPending, numbers }, parameters);
    return this.manager.query(sql, parameters.values);
  }
}

function isEqual({ recomputed, stored, equal }: FamilyCount): boolean {
  return recomputed === stored && stored === equal;
}

/** All of time, cut where months begin, so that no part but a single month has more than fits. */
async function readWindows(manager: EntityManager): Promise<VerifiedWindow[]> {
  const months: { from: Date; bytes: string }[] = await manager.query(
    `SELECT to_date(right(child.relname, 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC' AS "from", pg_relation_size(child.oid) AS bytes
     FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = 'event'::regclass ORDER BY 1`,
  );
  const cuts: Date[] = [];
  let bytes = 0;
  for (const month of months) {
    if (bytes > 0 && bytes + Number(month.bytes) > BYTES_AT_ONCE) {
      cuts.push(month.from);
      bytes = 0;
    }
    bytes += Number(month.bytes);
  }
  const bounds = [FIRST_INSTANT, ...cuts, LAST_INSTANT];
  return bounds.slice(1).map((to, index) => ({ from: bounds[index]!, to }));
}
