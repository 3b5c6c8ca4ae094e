import { Inject, Injectable } from '@nestjs/common';
import { Window } from '@tallymark/date-window';
import {
  CustomerRepository,
  DataSource,
  type ExportFilter,
  type ExportPosition,
  OrganizationRepository,
  SubscriptionRepository,
  inOrganization,
  listExportedStatements,
  readDailyAmounts,
} from '@tallymark/persistence';
import {
  type FocusRow,
  focusRows,
  focusUsageRows,
  renderFocusCsvHeader,
  renderFocusCsvRow,
  renderFocusJsonLine,
} from '@tallymark/provider-contracts';
import { CLOCK, type Clock, type Principal } from '@tallymark/service-kit';
import { requireFound } from '../catalogue/not-found.js';
import { convertStatement } from './convert.js';
import type { FocusQuery } from './schemas.js';

/** Statements that are held at a time, however many leave; day by day fewer, since each has many rows. */
const STATEMENTS_PER_PIECE = { statements: 100, usage: 10 } as const;

/** A file that is being written. */
interface FocusFile extends Pick<FocusQuery, 'what' | 'format' | 'service_category'> {
  readonly organizationId: string;
  readonly organizationName: string;
  readonly filter: ExportFilter;
}

interface Piece {
  readonly rows: readonly FocusRow[];
  /** Where the next piece goes on; null after the last. */
  readonly next: ExportPosition | null;
}

/** Writes statements in the forms that other systems read. */
@Injectable()
export class ExportsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly organizations: OrganizationRepository,
    private readonly customers: CustomerRepository,
    private readonly subscriptions: SubscriptionRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * A FOCUS file in pieces of text, each made when it is asked for. The first one is read before this returns, so that what is wrong with the request
   * is said before the answer begins.
   *
   * @throws DomainError `not_found`
   */
  async exportFocus(principal: Principal, query: FocusQuery): Promise<AsyncIterable<string>> {
    const filter = await this.filterOf(principal, query);
    const organization = requireFound(await this.organizations.find(principal.organizationId), 'organization', principal.organizationId);
    const file: FocusFile = { ...query, organizationId: principal.organizationId, organizationName: organization.name, filter };
    return this.write(file, await this.readPiece(file, null));
  }

  private async *write(file: FocusFile, first: Piece): AsyncGenerator<string> {
    const render: (row: FocusRow) => string = file.format === 'csv' ? renderFocusCsvRow : renderFocusJsonLine;
    if (file.format === 'csv') yield renderFocusCsvHeader();
    for (let piece = first; ;) {
      if (piece.rows.length > 0) yield piece.rows.map(render).join('');
      if (piece.next === null) return;
      piece = await this.readPiece(file, piece.next);
    }
  }

  private async readPiece(file: FocusFile, after: ExportPosition | null): Promise<Piece> {
    const limit = STATEMENTS_PER_PIECE[file.what];
    return inOrganization(this.dataSource, file.organizationId, async (manager) => {
      const statements = await listExportedStatements(manager, file.filter, { after, limit });
      const last = statements.at(-1)?.statement;
      const next =
        last === undefined || statements.length < limit ? null : { periodFrom: last.periodFrom, subscriptionId: last.subscriptionId };
      const about = { organizationName: file.organizationName, serviceCategory: file.service_category };
      if (file.what === 'statements') return { rows: statements.flatMap((one) => focusRows(convertStatement(one, about))), next };
      const now = this.clock();
      const days = await readDailyAmounts(manager, statements, now);
      const rows = statements.flatMap((one, index) =>
        focusUsageRows({ ...convertStatement(one, about), days: days[index]!, isOver: one.statement.periodTo <= now }),
      );
      return { rows, next };
    });
  }

  /** A credential of one customer exports that one's alone: others are not there. */
  private async filterOf(principal: Principal, { from, to, customer, subscription, status }: FocusQuery): Promise<ExportFilter> {
    const { organizationId } = principal;
    const isVisible = (customerId: string): boolean => principal.customerId === null || principal.customerId === customerId;
    let customerId = principal.customerId;
    let subscriptionId = null;
    if (customer !== undefined) {
      const found = await this.customers.find(organizationId, customer);
      customerId = requireFound(found !== null && isVisible(found.id) ? found : null, 'customer', customer).id;
    }
    if (subscription !== undefined) {
      const found = await this.subscriptions.find(organizationId, subscription);
      subscriptionId = requireFound(found !== null && isVisible(found.customerId) ? found : null, 'subscription', subscription).id;
    }
    return { within: Window.of(new Date(from), new Date(to)), customerId, subscriptionId, status: status ?? null };
  }
}
