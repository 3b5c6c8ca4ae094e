import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import { CustomerRepository, SubjectsTakenError, newId } from '@tallymark/persistence';
import { CLOCK, type Clock, type Page, type Pagination, type Principal, checkIfMatch, etagOf } from '@tallymark/service-kit';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { listById } from '../catalogue/list-by-id.js';
import { requireFound } from '../catalogue/not-found.js';
import { organizationOf } from '../catalogue/organization-of.js';
import { requireSameContent } from '../catalogue/same-content.js';
import type { CreateResult } from '../catalogue/send-created.js';
import { convertCustomer } from './convert.js';
import type { CreateCustomer, CustomerBody, UpdateCustomer } from './schemas.js';

@Injectable()
export class CustomersService {
  constructor(
    private readonly customers: CustomerRepository,
    private readonly settings: CatalogueSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(principal: Principal, body: CreateCustomer): Promise<CreateResult<CustomerBody>> {
    const now = this.clock();
    const subjects = body.subjects ?? [body.external_id];
    const customer = {
      id: newId(now),
      organizationId: organizationOf(principal),
      externalId: body.external_id,
      name: body.name,
      type: body.type,
      country: body.country,
      currency: body.currency,
      timeZone: body.time_zone,
      subjects,
      createdAt: now,
    };
    const { row, isNew } = await explainTakenSubjects(subjects, this.customers.create(customer));
    const entity = convertCustomer(row);
    if (!isNew) requireSameContent(`customer ${JSON.stringify(body.external_id)}`, body, entity);
    return { isNew, entity };
  }

  async list(principal: Principal, pagination: Pagination): Promise<Page<CustomerBody>> {
    const organizationId = organizationOf(principal);
    return listById({
      secret: this.settings.tokenSecret,
      context: { organizationId, route: 'GET /platform/v1/customers', filters: {} },
      pagination,
      load: (page) => this.customers.list(organizationId, page),
      convert: convertCustomer,
    });
  }

  async get(principal: Principal, reference: string): Promise<CustomerBody> {
    return convertCustomer(requireFound(await this.customers.find(organizationOf(principal), reference), 'customer', reference));
  }

  async update(principal: Principal, reference: string, patch: UpdateCustomer, ifMatch: string | undefined): Promise<CustomerBody> {
    const { time_zone: timeZone, ...rest } = patch;
    const update = this.customers.update(organizationOf(principal), reference, this.clock(), (current) => {
      checkIfMatch(ifMatch, etagOf(convertCustomer(current)));
      return timeZone === undefined ? rest : { ...rest, timeZone };
    });
    return convertCustomer(requireFound(await explainTakenSubjects(patch.subjects ?? [], update), 'customer', reference));
  }
}

/** @throws DomainError `conflict` that points to each subject of another customer. */
async function explainTakenSubjects<T>(requested: readonly string[], work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof SubjectsTakenError)) throw error;
    const details = error.subjects.map((subject) => ({
      pointer: `/subjects/${requested.indexOf(subject)}`,
      code: 'subject_taken',
      message: `received ${JSON.stringify(subject)}, which belongs to another customer; expected a subject of no other customer`,
    }));
    throw new DomainError('conflict', error.message, { details, cause: error });
  }
}
