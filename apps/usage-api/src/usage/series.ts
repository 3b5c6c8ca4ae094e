import { DomainError } from '@tallymark/domain';
import type { CustomerWithSubjects } from '@tallymark/persistence';
import { requireFound } from '../catalogue/not-found.js';
import type { UsageQuery } from './schemas.js';

/** Usage that is counted together, and what its rows are named after. */
export interface Series {
  readonly subjects: readonly string[];
  /** External id; null where it is not of one customer. */
  readonly customer: string | null;
  readonly subject: string | null;
}

/**
 * Whose usage a query asks for, series by series.
 *
 * Usage is always somebody's: of customers, or of subjects, which events may name before they are anybody's.
 *
 * @param customers those that the query, or else its credential, names
 * @throws DomainError `invalid_request` when there is neither customer nor subject, or rows per customer of nobody; `not_found` for a subject that is
 *   none of the customers'.
 */
export function seriesOf(customers: readonly CustomerWithSubjects[], { subject, per }: Pick<UsageQuery, 'subject' | 'per'>): Series[] {
  const wanted = subject === undefined ? null : [...new Set(subject)];
  if (customers.length === 0) {
    if (wanted === null) throw missing('neither customer nor subject is given; expected one of them');
    if (per === 'customer') throw missing('per=customer without a customer; expected the customers to tell apart');
    if (per === 'subject') return wanted.map((one) => ({ subjects: [one], customer: null, subject: one }));
    return [{ subjects: wanted, customer: null, subject: onlyOne(wanted) }];
  }
  const owned = customers.map(({ externalId, subjects }) => ({
    customer: externalId,
    subjects: wanted === null ? subjects : subjects.filter((one) => wanted.includes(one)),
  }));
  for (const one of wanted ?? [])
    requireFound(owned.find(({ subjects }) => subjects.includes(one)) ?? null, describeOwners(customers), one);
  if (per === 'customer') return owned.map(({ customer, subjects }) => ({ customer, subjects, subject: onlyOne(wanted) }));
  const all = owned.flatMap(({ customer, subjects }) => subjects.map((one) => ({ customer, subjects: [one], subject: one })));
  if (per === 'subject') return all;
  return [{ subjects: all.map((one) => one.subject), customer: onlyOne(owned)?.customer ?? null, subject: onlyOne(wanted) }];
}

function onlyOne<T>(values: readonly T[] | null): T | null {
  return values?.length === 1 ? values[0]! : null;
}

function describeOwners(customers: readonly CustomerWithSubjects[]): string {
  return `subject of customer ${customers.map(({ externalId }) => JSON.stringify(externalId)).join(' or ')}`;
}

function missing(message: string): DomainError {
  return new DomainError('invalid_request', message, {
    details: [{ parameter: 'customer', code: 'required', message: 'expected a customer or a subject' }],
  });
}
