import { Inject, Injectable } from '@nestjs/common';
import {
  CustomerRepository,
  type LoadedStatement,
  type LoadedSubscription,
  StatementRepository,
  SubscriptionRepository,
} from '@tallymark/persistence';
import {
  CLOCK,
  type Clock,
  type CursorContext,
  type Page,
  type Principal,
  decodeCursor,
  encodeCursor,
  pageOf,
} from '@tallymark/service-kit';
import { z } from 'zod';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { requireFound } from '../catalogue/not-found.js';
import { convertStatement, convertVersion } from './convert.js';
import type { StatementBody, StatementQuery, StatementVersionsBody } from './schemas.js';

const position = z.object({ period_from: z.iso.datetime(), subscription_id: z.uuid() });

/** Reads statements. Unlike the rest of the catalogue it also serves credentials of one customer, who sees its own and no others. */
@Injectable()
export class StatementsService {
  constructor(
    private readonly statements: StatementRepository,
    private readonly subscriptions: SubscriptionRepository,
    private readonly customers: CustomerRepository,
    private readonly settings: CatalogueSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list(principal: Principal, { limit, cursor, ...filters }: StatementQuery): Promise<Page<StatementBody>> {
    const { organizationId } = principal;
    const secret = this.settings.tokenSecret;
    const context: CursorContext = {
      organizationId,
      route: 'GET /platform/v1/statements',
      filters: { ...filters, principal: principal.customerId ?? undefined },
    };
    const after = cursor === undefined ? null : decodeCursor(secret, context, cursor, position);
    const rows = await this.statements.list(
      organizationId,
      {
        customerId: filters.customer === undefined ? principal.customerId : await this.findCustomerId(principal, filters.customer),
        subscriptionId: filters.subscription === undefined ? null : (await this.findSubscription(principal, filters.subscription)).id,
        from: filters.from === undefined ? null : new Date(filters.from),
        to: filters.to === undefined ? null : new Date(filters.to),
        status: filters.status ?? null,
      },
      {
        after: after === null ? null : { periodFrom: new Date(after.period_from), subscriptionId: after.subscription_id },
        limit: limit + 1,
      },
    );
    return pageOf(rows, limit, convertStatement, (last) => encodeCursor(secret, context, positionOf(last)));
  }

  async get(principal: Principal, id: string): Promise<StatementBody> {
    return convertStatement(await this.findStatement(principal, id));
  }

  async listVersions(principal: Principal, id: string): Promise<StatementVersionsBody> {
    const { statement } = await this.findStatement(principal, id);
    const versions = await this.statements.listVersions(principal.organizationId, statement);
    return { data: [statement, ...versions].map(convertVersion) };
  }

  /** The statement of the billing period that runs now. */
  async getCurrent(principal: Principal, reference: string): Promise<StatementBody> {
    const subscription = await this.findSubscription(principal, reference);
    const found = await this.statements.findCurrent(principal.organizationId, subscription.id, this.clock());
    return convertStatement(requireFound(found, 'statement yet of subscription', reference));
  }

  private async findStatement(principal: Principal, id: string): Promise<LoadedStatement> {
    const found = await this.statements.find(principal.organizationId, id);
    const isVisible = found !== null && (principal.customerId === null || principal.customerId === found.statement.customerId);
    return requireFound(isVisible ? found : null, 'statement', id);
  }

  private async findCustomerId(principal: Principal, reference: string): Promise<string> {
    const customer = await this.customers.find(principal.organizationId, reference);
    const isVisible = customer !== null && (principal.customerId === null || principal.customerId === customer.id);
    return requireFound(isVisible ? customer : null, 'customer', reference).id;
  }

  private async findSubscription(principal: Principal, reference: string): Promise<LoadedSubscription> {
    const subscription = await this.subscriptions.find(principal.organizationId, reference);
    const isVisible = subscription !== null && (principal.customerId === null || principal.customerId === subscription.customerId);
    return requireFound(isVisible ? subscription : null, 'subscription', reference);
  }
}

function positionOf({ statement }: LoadedStatement): z.infer<typeof position> {
  return { period_from: statement.periodFrom.toISOString(), subscription_id: statement.subscriptionId };
}
