import { DomainError, type ErrorDetail, decimal, minorUnitDigits, roundMoney } from '@tallymark/domain';
import type { PlanTerms } from '@tallymark/persistence';
import { validateCharges } from '@tallymark/rating';

/** @throws DomainError `invalid_request` that points to everything in the terms that can't be priced. */
export function checkTerms(terms: PlanTerms): void {
  const details = [
    ...checkMinorUnits('/base_amount', terms.baseAmount, terms.currency),
    ...checkMinorUnits('/minimum_commitment', terms.minimumCommitment ?? '0', terms.currency),
    ...validateCharges(terms.charges, terms.currency).map(pointIntoBody),
  ];
  const [first] = details;
  if (first !== undefined) throw new DomainError('invalid_request', `${first.pointer ?? ''}: ${first.message}`, { details });
}

/** The total of a statement is exact to the minor unit, so what it starts from has to be. */
function checkMinorUnits(pointer: string, text: string, currency: string): ErrorDetail[] {
  const amount = decimal(text);
  if (roundMoney(amount, currency).eq(amount)) return [];
  const message = `received ${JSON.stringify(text)}; expected at most ${minorUnitDigits(currency)} decimals, as ${currency} has`;
  return [{ pointer, code: 'too_precise', message }];
}

/** From a pointer into the list of charges, in the names of the domain, to one into the request, in the names of the API. */
function pointIntoBody(detail: ErrorDetail): ErrorDetail {
  if (detail.pointer === undefined) return detail;
  return { ...detail, pointer: `/charges${detail.pointer.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}` };
}
