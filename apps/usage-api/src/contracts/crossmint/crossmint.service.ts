import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import {
  CustomerRepository,
  type CustomerWithSubjects,
  DataSource,
  MeterRepository,
  OrganizationRepository,
  inOrganization,
  readUsage,
  usageAsOf,
} from '@tallymark/persistence';
import { type CrossmintUsage, type RawQuery, parseCrossmintRequest } from '@tallymark/provider-contracts';
import { CLOCK, type Clock, type Principal } from '@tallymark/service-kit';

/** What the contract's answer is made of. */
export interface CrossmintAnswer {
  readonly usage: CrossmintUsage;
  readonly asOf: Date;
}

/** Monthly active wallets of a project. A project is a customer, by its external id. */
@Injectable()
export class CrossmintService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly organizations: OrganizationRepository,
    private readonly customers: CustomerRepository,
    private readonly meters: MeterRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws DomainError `forbidden` unless the project is one of the key's; `invalid_request` with one detail per problem */
  async read(principal: Principal, projectId: string, query: RawQuery): Promise<CrossmintAnswer> {
    const { organizationId } = principal;
    const now = this.clock();
    const organization = await this.organizations.find(organizationId);
    const usageShape = organization?.settings.crossmint_usage_shape ?? 'auto';
    const request = parseCrossmintRequest({ projectId, query }, { now, usageShape });
    const { subjects } = await this.findProject(principal, projectId, request.projectId);
    const meter = await this.meters.find(organizationId, request.dimension);
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const asOf = await usageAsOf(manager, now);
      // A meter of that code that is no unique count does not count wallets.
      const counted = meter?.aggregation === 'unique_count' ? request.months : [];
      const answers = await readUsage(
        manager,
        counted.map(({ window }) => ({ organizationId, meter: meter!, subjects, window })),
      );
      const rows = counted.map(({ month }, index) => ({ month, activeWallets: answers[index]![0]!.value! }));
      return { usage: { ...request, months: request.months.map(({ month }) => month), rows }, asOf };
    });
  }

  /**
   * A key of one customer reads that project alone; a key of the organization any of its projects, by the external id in whatever case.
   *
   * @param received the project id as it came, `projectId` as it was read
   */
  private async findProject(principal: Principal, received: string, projectId: string | null): Promise<CustomerWithSubjects> {
    const { organizationId, customerId } = principal;
    const isProject = (customer: CustomerWithSubjects): boolean => projectId === null || customer.externalId.toLowerCase() === projectId;
    const references =
      customerId === null ? new Set(projectId === null ? [] : [received, projectId, projectId.toUpperCase()]) : [customerId];
    for (const reference of references) {
      const customer = await this.customers.find(organizationId, reference);
      if (customer !== null && isProject(customer)) return customer;
    }
    throw new DomainError('forbidden', `received project ${JSON.stringify(received)}; expected a project of the key`);
  }
}
