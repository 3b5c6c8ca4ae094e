import type { EntityManager } from 'typeorm';
import { FOLD_METER_COLUMNS, type FoldMeter } from './fold-meter.js';
import { type FoldPass, PASS_SETTINGS, type PassInput, foldPass, storePasses } from './fold-pass.js';
import { foldOf, TAKES } from './fold-sql.js';
import { areSteps, foldInSteps } from './fold-steps.js';
import { GENERAL_FOLD, type Writing } from './fold-store.js';
import { serverVersionOf } from './greatest-row.js';
import { SqlParameters } from './sql-parameters.js';

/** A commit that is being folded. */
export interface Commit {
  readonly organization_id: string;
  readonly commit_id: string;
  readonly event_count: number;
}

/** Events of one organization and type. */
interface Kind {
  readonly organizationId: string;
  readonly type: string;
  readonly meters: readonly FoldMeter[];
}

/** From how many events of a kind on a pass of its own pays: it takes some milliseconds to plan, and then a third of the time or less. */
const EVENTS_OF_A_PASS = 250;

/** Most organizations of a round that have passes of their own, and most kinds of each: every pass is planned, and reads all events of its commits. */
const ORGANIZATIONS_WITH_PASSES = 16;
const PASSES_PER_ORGANIZATION = 32;

/** Reads commit by commit, over their index, however little PostgreSQL knows of a log that grows this fast: that is what the fence is for. */
const eventsOf = (condition: string): string =>
  `CROSS JOIN LATERAL (SELECT * FROM event c WHERE ${condition} AND c.commit_id = claimed.commit_id OFFSET 0) AS e`;

/**
 * Adds all events of some commits to the buckets. Kinds of which there are many have a pass of their own, the many small ones share the
 * general fold. The general way folds all by it: dimensions that only become equal as they are cut are too much for a pass.
 *
 * @param writing who else may be writing the same buckets until the transaction ends.
 */
export async function foldCommits(
  manager: EntityManager,
  commits: readonly Commit[],
  way: 'fast' | 'general' = 'fast',
  writing: Writing = 'shared',
): Promise<void> {
  const { kinds, covered } = way === 'fast' ? await chooseKinds(manager, commits) : NO_KINDS;
  const parameters = new SqlParameters();
  const rest = commits.filter((commit) => !covered.has(commit.organization_id));
  const inSteps = writing === 'alone' && rest.length === 0 && areSteps(kinds, eventsOfAll(commits));
  const serverVersion = await serverVersionOf(manager);
  const passes = kinds.map((kind, index) => passOver(kind, { name: `pass${index + 1}`, inSteps, serverVersion }, commits, parameters));
  if (rest.length > 0) passes.push(generalFold(rest, kinds, parameters));
  if (passes.length === 0) return;
  if (kinds.length > 0 || writing === 'alone') await manager.query(PASS_SETTINGS);
  if (inSteps) return foldInSteps(manager, passes, parameters);
  await manager.query(storePasses(passes, writing), parameters.values);
}

const eventsOfAll = (commits: readonly Commit[]): number => commits.reduce((total, { event_count: events }) => total + events, 0);

function passOver(
  { organizationId, type, meters }: Kind,
  form: Pick<PassInput, 'name' | 'inSteps' | 'serverVersion'>,
  commits: readonly Commit[],
  parameters: SqlParameters,
): FoldPass {
  const commitIds = commits.filter((commit) => commit.organization_id === organizationId).map((commit) => commit.commit_id);
  const conditions = [
    `e.organization_id = ${parameters.add(organizationId, 'uuid')}`,
    `e.commit_id = ANY (${parameters.add(commitIds, 'bigint[]')})`,
    `e.type = ${parameters.add(type, 'text')}`,
    'e.voided_by IS NULL',
  ];
  return foldPass({ ...form, organizationId, meters, condition: conditions.join(' AND ') }, parameters);
}

function generalFold(commits: readonly Commit[], passedOver: readonly Kind[], parameters: SqlParameters): FoldPass {
  const organizationIds = parameters.add(
    commits.map((commit) => commit.organization_id),
    'uuid[]',
  );
  const commitIds = parameters.add(
    commits.map((commit) => commit.commit_id),
    'bigint[]',
  );
  const others =
    passedOver.length === 0
      ? ''
      : ` WHERE (e.organization_id, e.type) NOT IN (SELECT * FROM unnest(${parameters.add(
          passedOver.map((kind) => kind.organizationId),
          'uuid[]',
        )}, ${parameters.add(
          passedOver.map((kind) => kind.type),
          'text[]',
        )}))`;
  const source = `
    unnest(${organizationIds}, ${commitIds}) AS claimed (organization_id, commit_id)
    ${eventsOf('c.organization_id = claimed.organization_id')}
    JOIN meter m ON ${TAKES} AND m.folded${others}`;
  return { ctes: [foldOf(source)], ...GENERAL_FOLD };
}

const NO_KINDS = { kinds: [], covered: new Set<string>() };

/** @returns the kinds that get a pass of their own, and the organizations all of whose metered events are of these kinds. */
async function chooseKinds(
  manager: EntityManager,
  commits: readonly Commit[],
): Promise<{ readonly kinds: readonly Kind[]; readonly covered: ReadonlySet<string> }> {
  const busy = busiestOrganizations(commits);
  if (busy.length === 0) return { kinds: [], covered: new Set() };
  const kinds = await readKinds(manager, busy);
  const ofOrganization = (id: string): Kind[] => kinds.filter(({ organizationId }) => organizationId === id);
  const several = busy.map(ofOrganization).flatMap((theirs) => (theirs.length > 1 ? theirs : []));
  const busiest = several.length === 0 ? new Set() : await findBusiest(manager, commits, several);
  const isChosen = (kind: Kind): boolean => busiest.has(keyOf(kind)) || !several.includes(kind);
  return { kinds: kinds.filter(isChosen), covered: new Set(busy.filter((id) => ofOrganization(id).every(isChosen))) };
}

/** The organizations of which the commits have so many events that passes pay. */
export function busiestOrganizations(commits: readonly Commit[]): string[] {
  const events = new Map<string, number>();
  for (const { organization_id: id, event_count: count } of commits) events.set(id, (events.get(id) ?? 0) + count);
  return [...events]
    .filter(([, count]) => count >= EVENTS_OF_A_PASS)
    .sort(([, a], [, b]) => b - a)
    .slice(0, ORGANIZATIONS_WITH_PASSES)
    .map(([id]) => id);
}

interface KindRow extends FoldMeter {
  readonly organization_id: string;
  readonly event_type: string;
}

async function readKinds(manager: EntityManager, organizationIds: readonly string[]): Promise<Kind[]> {
  const rows: KindRow[] = await manager.query(
    `SELECT organization_id, event_type, ${FOLD_METER_COLUMNS} FROM meter
     WHERE organization_id = ANY ($1) AND folded AND deleted_at IS NULL ORDER BY organization_id, event_type, id`,
    [organizationIds],
  );
  const kinds = new Map<string, { readonly organizationId: string; readonly type: string; readonly meters: FoldMeter[] }>();
  for (const row of rows) {
    const kind = { organizationId: row.organization_id, type: row.event_type, meters: [row] };
    const known = kinds.get(keyOf(kind));
    if (known === undefined) kinds.set(keyOf(kind), kind);
    else known.meters.push(row);
  }
  return [...kinds.values()];
}

/** The kinds of which the commits have most. To count reads the commits once more, which is little beside reading them once for each kind. */
async function findBusiest(manager: EntityManager, commits: readonly Commit[], kinds: readonly Kind[]): Promise<Set<string>> {
  const organizationIds = new Set(kinds.map(({ organizationId }) => organizationId));
  const theirs = commits.filter((commit) => organizationIds.has(commit.organization_id));
  const rows: { organization_id: string; type: string }[] = await manager.query(
    `SELECT organization_id, type FROM (
       SELECT e.organization_id, e.type, count(*) AS events, sum(count(*)) OVER (PARTITION BY e.organization_id) AS total, row_number() OVER (PARTITION BY e.organization_id ORDER BY count(*) DESC) AS place
       FROM unnest($1::uuid[], $2::bigint[]) AS claimed (organization_id, commit_id) ${eventsOf('c.organization_id = claimed.organization_id')}
       JOIN unnest($3::uuid[], $4::text[]) AS k (organization_id, type) ON k.organization_id = e.organization_id AND k.type = e.type
       GROUP BY e.organization_id, e.type
     ) AS counted WHERE events >= greatest($5, total / $6) AND place <= $6`,
    [
      theirs.map((commit) => commit.organization_id),
      theirs.map((commit) => commit.commit_id),
      kinds.map(({ organizationId }) => organizationId),
      kinds.map(({ type }) => type),
      EVENTS_OF_A_PASS,
      PASSES_PER_ORGANIZATION,
    ],
  );
  return new Set(rows.map(({ organization_id: organizationId, type }) => keyOf({ organizationId, type })));
}

function keyOf({ organizationId, type }: Pick<Kind, 'organizationId' | 'type'>): string {
  return `${organizationId} ${type}`;
}
