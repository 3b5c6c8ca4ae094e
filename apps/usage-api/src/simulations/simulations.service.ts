import { Inject, Injectable } from '@nestjs/common';
import { Window } from '@tallymark/date-window';
import { DomainError } from '@tallymark/domain';
import {
  CustomerRepository,
  DataSource,
  MeterRepository,
  PlanRepository,
  inOrganization,
  listSubscribedCustomers,
  simulatePlan,
  usageAsOf,
} from '@tallymark/persistence';
import { CLOCK, type Clock, type CursorContext, type Principal, decodeCursor, encodeCursor } from '@tallymark/service-kit';
import { z } from 'zod';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { requireFound } from '../catalogue/not-found.js';
import { organizationOf } from '../catalogue/organization-of.js';
import { convertCustomer, totalsOf } from './convert.js';
import { findProposedPlan } from './proposed-plan.js';
import type { SimulationAnswer, SimulationBody } from './schemas.js';

const position = z.uuid();

/** Prices what customers really used under a plan or a draft, beside what they owe under their own. Nothing is stored. */
@Injectable()
export class SimulationsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly plans: PlanRepository,
    private readonly meters: MeterRepository,
    private readonly customers: CustomerRepository,
    private readonly settings: CatalogueSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async simulate(principal: Principal, body: SimulationBody): Promise<SimulationAnswer> {
    const organizationId = organizationOf(principal);
    const { cursor, limit, format: _, ...filters } = body;
    const secret = this.settings.tokenSecret;
    const context: CursorContext = { organizationId, route: 'POST /platform/v1/simulations', filters };
    const afterId = cursor === undefined ? null : decodeCursor(secret, context, cursor, position);
    const now = this.clock();
    const within = windowOf(body, now);
    const { planVersion, meters, isDraft } = await findProposedPlan({ plans: this.plans, meters: this.meters }, organizationId, body);
    const only = body.customers === undefined ? null : await this.findCustomerIds(organizationId, body.customers);
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const asOf = await usageAsOf(manager, now);
      const found = await listSubscribedCustomers(manager, within, only, { afterId, limit: limit + 1 });
      const customers = found.slice(0, limit);
      const subscriptions = await simulatePlan(
        manager,
        customers.flatMap(({ subscriptionIds }) => subscriptionIds),
        { proposed: planVersion, meters, within, currentPlanCode: body.current_plan ?? null },
      );
      const data = customers.flatMap((customer) => {
        const own = subscriptions.filter(({ customerId }) => customerId === customer.id);
        return own.length === 0 ? [] : [convertCustomer(customer, own)];
      });
      return {
        plan_code: isDraft ? null : planVersion.planCode,
        plan_version: isDraft ? null : planVersion.version,
        currency: planVersion.currency,
        ...within.toJSON(),
        as_of: asOf.toISOString(),
        complete: subscriptions.every((one) => one.complete),
        totals: totalsOf(data, subscriptions),
        data,
        next_cursor: found.length > limit ? encodeCursor(secret, context, customers.at(-1)!.id) : null,
      };
    });
  }

  private async findCustomerIds(organizationId: string, references: readonly string[]): Promise<string[]> {
    const ids = new Set<string>();
    for (const reference of references) {
      const customer = requireFound(await this.customers.find(organizationId, reference), 'customer', reference);
      ids.add(customer.id);
    }
    return [...ids];
  }
}

/** What is not used yet can't be priced: the window ends now at the latest. */
function windowOf({ from, to }: Pick<SimulationBody, 'from' | 'to'>, now: Date): Window {
  const start = new Date(from);
  const end = new Date(Math.min(now.getTime(), to === undefined ? Infinity : Date.parse(to)));
  if (start < end) return Window.of(start, end);
  const message = `received ${from}; expected an instant in the past`;
  throw new DomainError('invalid_request', `/from: ${message}`, { details: [{ pointer: '/from', code: 'not_past', message }] });
}
