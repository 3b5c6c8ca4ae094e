import { Inject, Injectable } from '@nestjs/common';
import { type BillingCycle, billingPeriodAt } from '@tallymark/date-window';
import { DomainError } from '@tallymark/domain';
import {
  CustomerRepository,
  type CustomerWithSubjects,
  PlanRepository,
  type PlanWithVersion,
  type SubscriptionChange,
  type SubscriptionCourse,
  SubscriptionRepository,
  courseOf,
  newId,
} from '@tallymark/persistence';
import { CLOCK, type Clock, type Page, type Principal, checkIfMatch, etagOf } from '@tallymark/service-kit';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { listById } from '../catalogue/list-by-id.js';
import { requireFound } from '../catalogue/not-found.js';
import { organizationOf } from '../catalogue/organization-of.js';
import { requireSameContent } from '../catalogue/same-content.js';
import type { CreateResult } from '../catalogue/send-created.js';
import { convertCreated, convertSubscription } from './convert.js';
import { decidePlanChange, decideZoneChange } from './decide-change.js';
import { decideEnd } from './decide-end.js';
import type {
  ChangeSubscription,
  CreateSubscription,
  SubscriptionBody,
  SubscriptionQuery,
  TerminateSubscription,
  UpdateSubscription,
} from './schemas.js';

/** Billing periods that may have gone by when a subscription is created: each gets a statement at once. */
const MAX_PAST_PERIODS = 5_000;

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
    const timeZone = body.time_zone ?? customer.timeZone;
    const startedAt = body.started_at === undefined ? now : new Date(body.started_at);
    const pastPeriods = countPeriods(
      { interval: version.interval, billingTime: body.billing_time, timeZone, startedAt, endedAt: null },
      now,
    );
    // One that was created in time may be asked for again ever after.
    if (pastPeriods > MAX_PAST_PERIODS && (await this.subscriptions.find(organizationId, body.external_id)) === null)
      throw tooLongAgo(body.started_at!, version.interval, pastPeriods);
    const { row, isNew } = await this.subscriptions.create({
      id: newId(now),
      organizationId,
      externalId: body.external_id,
      customerId: customer.id,
      planVersionId: version.id,
      billingTime: body.billing_time,
      timeZone,
      startedAt,
      createdAt: now,
    });
    if (!isNew)
      requireSameContent(`subscription ${JSON.stringify(body.external_id)}`, { ...body, customer_id: customer.id }, convertCreated(row));
    return { isNew, entity: convertSubscription(row, now) };
  }

  async list(principal: Principal, { customer, ...pagination }: SubscriptionQuery): Promise<Page<SubscriptionBody>> {
    const organizationId = organizationOf(principal);
    const customerId =
      customer === undefined ? null : requireFound(await this.customers.find(organizationId, customer), 'customer', customer).id;
    const now = this.clock();
    return listById({
      secret: this.settings.tokenSecret,
      context: { organizationId, route: 'GET /platform/v1/subscriptions', filters: { customer } },
      pagination,
      load: (page) => this.subscriptions.list(organizationId, { customerId }, page),
      convert: (row) => convertSubscription(row, now),
    });
  }

  async get(principal: Principal, reference: string): Promise<SubscriptionBody> {
    const row = await this.subscriptions.find(organizationOf(principal), reference);
    return convertSubscription(requireFound(row, 'subscription', reference), this.clock());
  }

  async change(principal: Principal, reference: string, body: ChangeSubscription, ifMatch: string | undefined): Promise<SubscriptionBody> {
    const { plan, version } = await this.findPlan(organizationOf(principal), body);
    const target = { ...version, planCode: plan.code };
    const effectiveAt = body.effective_at === undefined ? null : new Date(body.effective_at);
    return this.addChange(principal, reference, ifMatch, (course, times) => decidePlanChange(course, { target, effectiveAt }, times));
  }

  async update(
    principal: Principal,
    reference: string,
    { time_zone: timeZone }: UpdateSubscription,
    ifMatch: string | undefined,
  ): Promise<SubscriptionBody> {
    return this.addChange(principal, reference, ifMatch, (course, { now }) => decideZoneChange(course, timeZone, now));
  }

  async terminate(
    principal: Principal,
    reference: string,
    body: TerminateSubscription,
    ifMatch: string | undefined,
  ): Promise<SubscriptionBody> {
    const now = this.clock();
    const requested = body.ended_at === undefined ? null : new Date(body.ended_at);
    const row = await this.subscriptions.terminate(organizationOf(principal), reference, now, (current, closedUntil) => {
      checkIfMatch(ifMatch, etagOf(convertSubscription(current, now)));
      return decideEnd(current, requested, { closedUntil, now });
    });
    return convertSubscription(requireFound(row, 'subscription', reference), now);
  }

  private async addChange(
    principal: Principal,
    reference: string,
    ifMatch: string | undefined,
    decide: (course: SubscriptionCourse, times: { closedUntil: Date | null; now: Date }) => SubscriptionChange | null,
  ): Promise<SubscriptionBody> {
    const now = this.clock();
    const by = { by: principal.credentialId, now };
    const row = await this.subscriptions.change(organizationOf(principal), reference, by, (current, closedUntil) => {
      checkIfMatch(ifMatch, etagOf(convertSubscription(current, now)));
      return decide(courseOf(current), { closedUntil, now });
    });
    return convertSubscription(requireFound(row, 'subscription', reference), now);
  }

  private async findCustomer(organizationId: string, reference: string): Promise<CustomerWithSubjects> {
    const customer = await this.customers.find(organizationId, reference);
    if (customer !== null) return customer;
    throw unknown('/customer_id', reference, 'the id or external id of a customer');
  }

  private async findPlan(
    organizationId: string,
    { plan_code: code, plan_version: version }: Pick<CreateSubscription, 'plan_code' | 'plan_version'>,
  ): Promise<PlanWithVersion> {
    const plan = await this.plans.find(organizationId, code);
    if (plan === null) throw unknown('/plan_code', code, 'the code of a plan');
    if (version === undefined || version === plan.version.version) return plan;
    const older = await this.plans.find(organizationId, code, version);
    if (older !== null) return older;
    throw unknown('/plan_version', version, `a version of plan ${JSON.stringify(code)}, 1 to ${plan.version.version}`);
  }
}

/** From the start to now; 0 in the first period, and before the start. */
function countPeriods(cycle: BillingCycle, now: Date): number {
  return billingPeriodAt(cycle, now)?.index ?? 0;
}

function tooLongAgo(startedAt: string, interval: string, periods: number): DomainError {
  const pointer = '/started_at';
  const message = `received ${JSON.stringify(startedAt)}, which is ${periods} billing periods of a ${interval} plan ago; expected at most ${MAX_PAST_PERIODS}`;
  return new DomainError('unprocessable', `${pointer}: ${message}`, { details: [{ pointer, code: 'too_long_ago', message }] });
}

function unknown(pointer: string, received: string | number, expected: string): DomainError {
  const message = `received ${JSON.stringify(received)}; expected ${expected}`;
  return new DomainError('unprocessable', `${pointer}: ${message}`, { details: [{ pointer, code: 'unknown', message }] });
}
