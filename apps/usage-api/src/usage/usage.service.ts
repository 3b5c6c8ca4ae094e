import { Inject, Injectable } from '@nestjs/common';
import { Window, splitWindow } from '@tallymark/date-window';
import { DomainError, ZERO, formatDecimal } from '@tallymark/domain';
import {
  CustomerRepository,
  type CustomerWithSubjects,
  DataSource,
  MeterRepository,
  type MeterRow,
  type UsageAnswer,
  emptyValue,
  inOrganization,
  readUsage,
  usageAsOf,
} from '@tallymark/persistence';
import { CLOCK, type Clock, type Principal } from '@tallymark/service-kit';
import { requireFound } from '../catalogue/not-found.js';
import type { UsageBody, UsageQuery } from './schemas.js';

/** Most windows in one answer: a month in quarter-hours, 13 months in days. */
const MAX_WINDOWS = 3_000;

/** Answers usage queries over any window, exact at any bound, with a row for every window: also for those in which nothing was used. */
@Injectable()
export class UsageService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly customers: CustomerRepository,
    private readonly meters: MeterRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async read(principal: Principal, query: UsageQuery): Promise<UsageBody> {
    const { organizationId } = principal;
    const customer = await this.findCustomer(principal, query.customer);
    const subjects = subjectsOf(customer, query.subject);
    const meter = requireFound(await this.meters.find(organizationId, query.meter), 'meter', query.meter);
    const groupBy = dimensionsOf(meter, query.group_by);
    const timeZone = query.time_zone ?? customer?.timeZone ?? 'UTC';
    const pieces = piecesOf(query, timeZone);
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const asOf = await usageAsOf(manager, this.clock());
      const answers = await readUsage(
        manager,
        pieces.map((window) => ({ organizationId, meter, subjects, window, groupBy })),
      );
      const groups = groupBy.length === 0 ? [] : distinctGroups(answers);
      return {
        meter: meter.code,
        unit: meter.unit,
        aggregation: meter.aggregation,
        from: query.from,
        to: query.to,
        window: query.window ?? null,
        time_zone: timeZone,
        as_of: asOf.toISOString(),
        complete: meter.folded,
        data: pieces.flatMap((window, index) => withGaps(answers[index]!, groups, meter).map((answer) => convertAnswer(window, answer))),
      };
    });
  }

  /** A credential of one customer answers for that one, whatever it asks for: another is not there. */
  private async findCustomer(principal: Principal, reference: string | undefined): Promise<CustomerWithSubjects | null> {
    const wanted = reference ?? principal.customerId;
    if (wanted === null) return null;
    const found = requireFound(await this.customers.find(principal.organizationId, wanted), 'customer', wanted);
    if (principal.customerId !== null && found.id !== principal.customerId) requireFound(null, 'customer', wanted);
    return found;
  }
}

/** Usage is always somebody's: of one customer, or of one subject, which events may name before it is anybody's. */
function subjectsOf(customer: CustomerWithSubjects | null, subject: string | undefined): readonly string[] {
  if (customer === null) {
    if (subject !== undefined) return [subject];
    throw new DomainError('invalid_request', 'neither customer nor subject is given; expected one of them', {
      details: [{ parameter: 'customer', code: 'required', message: 'expected a customer or a subject' }],
    });
  }
  if (subject === undefined) return customer.subjects;
  return [
    requireFound(
      customer.subjects.find((one) => one === subject) ?? null,
      `subject of customer ${JSON.stringify(customer.externalId)}`,
      subject,
    ),
  ];
}

function dimensionsOf(meter: MeterRow, text: string | undefined): string[] {
  const wanted = [...new Set(text?.split(',') ?? [])];
  const known = Object.keys(meter.groupBy);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length === 0) return wanted;
  const message = `group_by: received ${unknown.map((name) => JSON.stringify(name)).join(', ')}; meter ${JSON.stringify(meter.code)} has ${known.map((name) => JSON.stringify(name)).join(', ') || 'no dimensions'}`;
  throw new DomainError('invalid_request', message, { details: [{ parameter: 'group_by', code: 'unknown_dimension', message }] });
}

function piecesOf(query: UsageQuery, timeZone: string): Window[] {
  const whole = Window.of(new Date(query.from), new Date(query.to));
  if (query.window === undefined) return [whole];
  const pieces = splitOrNull(whole, query.window, timeZone);
  if (pieces !== null && pieces.length <= MAX_WINDOWS) return pieces;
  const message = `from ${query.from} to ${query.to} there are more than ${MAX_WINDOWS} windows of ${query.window}; expected fewer`;
  throw new DomainError('invalid_request', message, { details: [{ parameter: 'window', code: 'too_many', message }] });
}

function splitOrNull(window: Window, size: NonNullable<UsageQuery['window']>, timeZone: string): Window[] | null {
  try {
    return splitWindow(window, size, timeZone).map((piece) => piece.covered);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

type Group = UsageAnswer['group'];

function distinctGroups(answers: readonly (readonly UsageAnswer[])[]): Group[] {
  return [...new Map(answers.flat().map(({ group }) => [JSON.stringify(group), group])).values()];
}

/** A row for every group that occurs anywhere, so that series have no holes. */
function withGaps(answers: readonly UsageAnswer[], groups: readonly Group[], meter: MeterRow): readonly UsageAnswer[] {
  if (groups.length === 0) return answers;
  const known = new Map(answers.map((answer) => [JSON.stringify(answer.group), answer]));
  return groups.map((group) => known.get(JSON.stringify(group)) ?? { group, value: emptyValue(meter.aggregation), eventCount: ZERO });
}

function convertAnswer(window: Window, { group, value, eventCount }: UsageAnswer): UsageBody['data'][number] {
  return {
    from: window.from.toISOString(),
    to: window.to.toISOString(),
    group: { ...group },
    value: value === null ? null : formatDecimal(value),
    event_count: formatDecimal(eventCount),
  };
}
