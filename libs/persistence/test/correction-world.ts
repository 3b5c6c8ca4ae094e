import { CorrectionRepository } from '../src/catalogue/correction-repository.js';
import type { CorrectionKind } from '../src/correction-types.js';
import { performCorrection } from '../src/corrections.js';
import { newId } from '../src/ids.js';
import type { CorrectionRow } from '../src/rows/correction-row.js';
import { verifyStatements } from '../src/verify-statements.js';
import { verifyUsage } from '../src/verify-usage.js';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';

/** Connections of the roles that take part in a correction. */
export interface CorrectionConnections {
  readonly owner: DataSource;
  readonly api: DataSource;
  readonly calc: DataSource;
}

/** Corrections of one organization in a test database: asked for as usage-api does, and made as billing-calc does. */
export class CorrectionWorld {
  readonly repository: CorrectionRepository;

  /** @param connections of the roles, made once for all organizations. */
  constructor(
    private readonly connections: CorrectionConnections,
    private readonly organizationId: string,
    private readonly now: Date,
  ) {
    this.repository = new CorrectionRepository(connections.api);
  }

  /** @param request an object, or JSON text. @returns the correction's id. */
  async ask(kind: CorrectionKind, request: object | string, task: 'apply' | 'dry_run'): Promise<string> {
    const { row } = await this.repository.create({
      id: newId(this.now),
      organizationId: this.organizationId,
      externalId: null,
      kind,
      reason: 'a test',
      bodyJson: typeof request === 'string' ? request : JSON.stringify(request),
      task,
      requestedBy: { id: 'key', name: 'test' },
      createdAt: this.now,
    });
    return row.id;
  }

  /** Asks for a correction, has it made, and returns what became of it. */
  async apply(kind: CorrectionKind, request: object | string): Promise<CorrectionRow> {
    return this.perform(await this.ask(kind, request, 'apply'));
  }

  async revert(id: string): Promise<CorrectionRow> {
    return this.again(id, 'revert');
  }

  async again(id: string, task: 'apply' | 'dry_run' | 'revert'): Promise<CorrectionRow> {
    await this.repository.requestTask(this.organizationId, id, { task, by: { id: 'key', name: 'test' }, reason: 'a test' }, () => true);
    return this.perform(id);
  }

  async perform(id: string): Promise<CorrectionRow> {
    // Those that were asked for in the same millisecond come in any order.
    for (;;) {
      await this.performNext();
      const row = await this.find(id);
      if (row.task === null) return row;
    }
  }

  async performNext(): Promise<void> {
    await performCorrection(this.connections.calc, () => this.now);
  }

  async find(id: string): Promise<CorrectionRow> {
    return (await this.repository.find(this.organizationId, id))!;
  }

  /** Every stored bucket and unique value as PostgreSQL writes it, digits behind the point included. */
  async buckets(): Promise<string[]> {
    const rows: { text: string }[] = await this.connections.owner.query(
      `SELECT b::text AS text FROM usage_bucket b WHERE organization_id = $1 UNION ALL SELECT u::text FROM usage_unique u WHERE organization_id = $1 ORDER BY 1`,
      [this.organizationId],
    );
    return rows.map((row) => row.text);
  }

  /** `meter subject bucket sum (events)`, sorted. */
  async usage(): Promise<string[]> {
    const rows: { text: string }[] = await this.connections.owner.query(
      `SELECT m.code || ' ' || b.subject || ' ' || to_char(b.bucket_start, 'YYYY-MM-DD"T"HH24:MI') || ' ' || b.sum || ' (' || b.event_count || ')' AS text
       FROM usage_bucket b JOIN meter m ON m.id = b.meter_id WHERE b.organization_id = $1 ORDER BY 1`,
      [this.organizationId],
    );
    return rows.map((row) => row.text);
  }
}

/** A test database in which each case has an organization of its own, with billed usage. */
export class CorrectionSetting {
  private constructor(
    readonly database: TestDatabase,
    readonly connections: CorrectionConnections,
    private readonly now: Date,
  ) {}

  static async start(now: Date): Promise<CorrectionSetting> {
    const database = await startTestDatabase({ now });
    const [owner, api, calc] = await Promise.all([database.connect('owner'), database.connect('api'), database.connect('calc')]);
    return new CorrectionSetting(database, { owner, api, calc }, now);
  }

  async addOrganization(): Promise<{ world: UsageWorld; corrections: CorrectionWorld }> {
    const world = await UsageWorld.create(this.database, this.now);
    return { world, corrections: this.correctionsOf(world) };
  }

  correctionsOf(world: UsageWorld): CorrectionWorld {
    return new CorrectionWorld(this.connections, world.organizationId, this.now);
  }

  /** {@link findDifferences} once all that was asked for is done. */
  async differencesOf(world: UsageWorld): Promise<unknown[]> {
    await world.settle();
    return findDifferences(this.connections.calc);
  }

  stop(): Promise<void> {
    return this.database.stop();
  }
}

/** Meters of calls and bytes, a customer `acme` that pays for both, and one `other` that pays for nothing. */
export async function addBilledUsage(world: UsageWorld): Promise<void> {
  await world.addMeter('calls');
  await world.addMeter('bytes', { aggregation: 'sum', valueProperty: '$.bytes' });
  await world.subscribe({
    customerId: await world.addCustomer('acme'),
    charges: [{ metric: 'calls' }, { metric: 'bytes', price: { model: 'standard', unitAmount: '0.01' } }],
  });
  await world.addCustomer('other');
  await world.settle();
}

/** Takes it out of what is verified. */
export async function forgetBilledUsage(world: UsageWorld): Promise<void> {
  await world.owner.query('UPDATE meter SET deleted_at = now() WHERE organization_id = $1', [world.organizationId]);
  await world.owner.query(`DELETE FROM statement WHERE organization_id = $1 AND status <> 'closed'`, [world.organizationId]);
}

/** What {@link UsageWorld.use} takes. */
export function eventOf(id: string, time: string, bytes: string | number, subject = 'acme'): Parameters<UsageWorld['use']>[0][number] {
  return { ...named(id, subject), time, data: { bytes } };
}

/** How a correction names an event. */
export function named(id: string, subject = 'acme'): { subject: string; source: string; id: string } {
  return { subject, source: '/t', id };
}

/** The total of the organization's only statement. */
export async function totalOf(world: UsageWorld): Promise<string> {
  const [row]: { total: string }[] = await world.owner.query('SELECT total FROM statement WHERE organization_id = $1', [
    world.organizationId,
  ]);
  return row!.total;
}

/** What of all that is stored is not what the events say: buckets; statements priced from these buckets; statements priced from the events. */
export async function findDifferences(calc: DataSource): Promise<unknown[]> {
  const { meters, statements } = await verifyUsage(calc, () => undefined);
  const all = [...statements, ...(await verifyStatements(calc))];
  return [...meters.filter(({ different }) => different > 0), ...all.flatMap(({ different }) => different)];
}
