import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import {
  CustomerRepository,
  type CustomerWithSubjects,
  PlanRepository,
  type PlanWithVersion,
  SubscriptionRepository,
  newId,
} from '@tallymark/persistence';
import { CLOCK, type Clock, type Page, type Principal, checkIfMatch, etagOf } from '@tallymark/service-kit';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { listById } from '../catalogue/list-by-id.js';
import { requireFound } from '../catalogue/not-found.js';
import { organizationOf } from '../catalogue/organization-of.js';
import { requireSameContent } from '../catalogue/same-content.js';
import type { CreateResult } from '../catalogue/send-created.js';
import { convertSubscription } from './convert.js';
import { decideEnd } from './decide-end.js';
import type { CreateSubscription, SubscriptionBody, SubscriptionQuery, TerminateSubscription } from './schemas.js';

@Injectable()
export class SubscriptionsService {
  constructor(
    private readonly subscriptions: SubscriptionRepository,
    private readonly customers: CustomerRepository,
    private readonly plans: PlanRepository,
    private readonly settings: CatalogueSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(principal: Principal, body: CreateSubscription): Promise<CreateResult<SubscriptionBody>> {
    const organizationId = organizationOf(principal);
    const now = this.clock();
    const customer = await this.findCustomer(organizationId, body.customer_id);
    const { version } = await this.findPlan(organizationId, body);
    const { row, isNew } = await this.subscriptions.create({
      id: newId(now),
      organizationId,
      externalId: body.external_id,
      customerId: customer.id,
      planVersionId: version.id,
      billingTime: body.billing_time,
      timeZone: body.time_zone ?? customer.timeZone,
      startedAt: body.started_at === undefined ? now : new Date(body.started_at),
      createdAt: now,
    });
    const entity = convertSubscription(row);
    if (!isNew) requireSameContent(`subscription ${JSON.stringify(body.external_id)}`, { ...body, customer_id: customer.id }, entity);
    return { isNew, entity };
  }

  async list(principal: Principal, { customer, ...pagination }: SubscriptionQuery): Promise<Page<SubscriptionBody>> {
    const organizationId = organizationOf(principal);
    const customerId =
      customer === undefined ? null : requireFound(await this.customers.find(organizationId, customer), 'customer', customer).id;
    return listById({
      secret: this.settings.tokenSecret,
      context: { organizationId, route: 'GET /platform/v1/subscriptions', filters: { customer } },
      pagination,
      load: (page) => this.subscriptions.list(organizationId, { customerId }, page),
      convert: convertSubscription,
    });
  }

  async get(principal: Principal, reference: string): Promise<SubscriptionBody> {
    return convertSubscription(
      requireFound(await this.subscriptions.find(organizationOf(principal), reference), 'subscription', reference),
    );
  }

  async terminate(
    principal: Principal,
    reference: string,
    body: TerminateSubscription,
    ifMatch: string | undefined,
  ): Promise<SubscriptionBody> {
    const now = this.clock();
    const requested = body.ended_at === undefined ? null : new Date(body.ended_at);
    const row = await this.subscriptions.terminate(organizationOf(principal), reference, now, (current) => {
      checkIfMatch(ifMatch, etagOf(convertSubscription(current)));
      return decideEnd(current, requested, now);
    });
    return convertSubscription(requireFound(row, 'subscription', reference));
  }

  private async findCustomer(organizationId: string, reference: string): Promise<CustomerWithSubjects> {
    const customer = await this.customers.find(organizationId, reference);
    if (customer !== null) return customer;
    throw unknown('/customer_id', reference, 'the id or external id of a customer');
  }

  private async findPlan(organizationId: string, { plan_code: code, plan_version: version }: CreateSubscription): Promise<PlanWithVersion> {
    const plan = await this.plans.find(organizationId, code);
    if (plan === null) throw unknown('/plan_code', code, 'the code of a plan');
    if (version === undefined || version === plan.version.version) return plan;
    const older = await this.plans.find(organizationId, code, version);
    if (older !== null) return older;
    throw unknown('/plan_version', version, `a version of plan ${JSON.stringify(code)}, 1 to ${plan.version.version}`);
  }
}

function unknown(pointer: string, received: string | number, expected: string): DomainError {
  const message = `received ${JSON.stringify(received)}; expected ${expected}`;
  return new DomainError('unprocessable', `${pointer}: ${message}`, { details: [{ pointer, code: 'unknown', message }] });
}
