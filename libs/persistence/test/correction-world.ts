import { CorrectionRepository } from '../src/catalogue/correction-repository.js';
import type { CorrectionKind } from '../src/correction-types.js';
import { performCorrection } from '../src/corrections.js';
import { newId } from '../src/ids.js';
import type { CorrectionRow } from '../src/rows/correction-row.js';
import type { DataSource } from 'typeorm';

/** Corrections of one organization in a test database: asked for as usage-api does, and made as billing-calc does. */
export class CorrectionWorld {
  readonly repository: CorrectionRepository;

  /** @param connections of the roles, made once for all organizations. */
  constructor(
    private readonly connections: { readonly owner: DataSource; readonly api: DataSource; readonly calc: DataSource },
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
