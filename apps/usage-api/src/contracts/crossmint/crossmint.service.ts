import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import {
  CatalogueReader,
  type CustomerCatalogue,
  type CustomerQuestion,
  CustomerRepository,
  type CustomerWithSubjects,
  DataSource,
  MeterRepository,
  OrganizationRepository,
  type ReadMeter,
  type SettledUsage,
  type UsageAnswer,
  type UsageRequest,
  customerQuestion,
  inOrganization,
  readUsage,
  usageAsOf,
  usageRead,
} from '@tallymark/persistence';
import { type CrossmintUsage, type CrossmintUsageQuery, type RawQuery, parseCrossmintRequest } from '@tallymark/provider-contracts';
import { CLOCK, type Clock, type Principal } from '@tallymark/service-kit';

/** What the contract's answer is made of. */
export interface CrossmintAnswer {
  readonly usage: CrossmintUsage;
  readonly asOf: Date;
}

/** A project id as it came, and the query of the request. */
interface Received {
  readonly projectId: string;
  readonly query: RawQuery;
}

/** Monthly active wallets of a project. A project is a customer, by its external id. */
@Injectable()
export class CrossmintService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly catalogue: CatalogueReader,
    private readonly organizations: OrganizationRepository,
    private readonly customers: CustomerRepository,
    private readonly meters: MeterRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws DomainError `forbidden` unless the project is one of the key's; `invalid_request` with one detail per problem */
  async read(principal: Principal, projectId: string, query: RawQuery): Promise<CrossmintAnswer> {
    const { organizationId, customerId } = principal;
    const now = this.clock();
    const received = { projectId, query };
    if (customerId !== null) {
      const answer = await this.catalogue.read(organizationId, { id: customerId }, now, (catalogue, settled) =>
        askProject(catalogue, { ...received, settled }, now),
      );
      if (answer !== null) return answer;
    }
    return this.findAndRead(principal, received, now);
  }

  /** For a key of the organization: which of its projects is meant has to be found first. */
  private async findAndRead(principal: Principal, received: Received, now: Date): Promise<CrossmintAnswer> {
    const { organizationId } = principal;
    const organization = await this.organizations.find(organizationId);
    const usageShape = organization?.settings.crossmint_usage_shape ?? 'auto';
    const request = parseCrossmintRequest(received, { now, usageShape });
    const customer = await this.findProject(principal, received.projectId, request.projectId);
    const meter = await this.meters.find(organizationId, request.dimension);
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const asOf = await usageAsOf(manager, now);
      return { usage: toUsage(request, await readUsage(manager, monthsOf(request, customer, meter))), asOf };
    });
  }

  /**
   * A key of one customer reads that project alone; a key of the organization any of its projects, by the external id in whatever case.
   *
   * @param received the project id as it came, `projectId` as it was read
   */
  private async findProject(principal: Principal, received: string, projectId: string | null): Promise<CustomerWithSubjects> {
    const { organizationId, customerId } = principal;
    const references =
      customerId === null ? new Set(projectId === null ? [] : [received, projectId, projectId.toUpperCase()]) : [customerId];
    for (const reference of references) {
      const customer = await this.customers.find(organizationId, reference);
      if (customer !== null && isProject(customer, projectId)) return customer;
    }
    throw notAProject(received);
  }
}

/** The project that a customer's key stands for, in one round trip. */
function askProject(
  { organization, customer }: CustomerCatalogue,
  { settled, ...received }: Received & { readonly settled: SettledUsage | undefined },
  now: Date,
): CustomerQuestion<CrossmintAnswer> {
  const request = parseCrossmintRequest(received, { now, usageShape: organization.settings.crossmint_usage_shape ?? 'auto' });
  if (!isProject(customer, request.projectId)) throw notAProject(received.projectId);
  const meter = organization.metersByCode.get(request.dimension);
  const asked = monthsOf(request, customer, meter?.deletedAt === null ? meter : null);
  if (asked.length === 0)
    return customerQuestion<[], CrossmintAnswer>([], (_, usageAsOf) => ({ usage: toUsage(request, []), asOf: usageAsOf(now) }));
  return customerQuestion<[UsageAnswer[][]], CrossmintAnswer>([usageRead(asked, 'buckets', settled)], ([answers], usageAsOf) => ({
    usage: toUsage(request, answers),
    asOf: usageAsOf(now),
  }));
}

function isProject(customer: CustomerWithSubjects, projectId: string | null): boolean {
  return projectId === null || customer.externalId.toLowerCase() === projectId;
}

function notAProject(received: string): DomainError {
  return new DomainError('forbidden', `received project ${JSON.stringify(received)}; expected a project of the key`);
}

/** A question for each month. A meter of that code that is no unique count does not count wallets. */
function monthsOf(
  { months }: CrossmintUsageQuery,
  { organizationId, subjects }: CustomerWithSubjects,
  meter: ReadMeter | null,
): UsageRequest[] {
  return meter?.aggregation === 'unique_count' ? months.map(({ window }) => ({ organizationId, meter, subjects, window })) : [];
}

/** @param answers those of {@link monthsOf}: for every month or for none. */
function toUsage(request: CrossmintUsageQuery, answers: readonly (readonly UsageAnswer[])[]): CrossmintUsage {
  const rows = answers.map(([answer], index) => ({ month: request.months[index]!.month, activeWallets: answer!.value! }));
  return { ...request, months: request.months.map(({ month }) => month), rows };
}
