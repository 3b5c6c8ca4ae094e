import { DomainError, type ErrorDetail, decimal, minorUnitDigits, roundMoney } from '@tallymark/domain';
import type { PlanTerms } from '@tallymark/persistence';
import { requiredTransactions, validateCharges } from '@tallymark/rating';
import { nearMatches } from './near-matches.js';

/** @throws DomainError `invalid_request` that points to everything in the terms that can't be priced. */
export function checkTerms(terms: PlanTerms): void {
  const details = [
    ...checkBaseAmount(terms),
    ...validateCharges(terms.charges, terms.currency).map(pointIntoBody),
    ...checkPriceable(terms),
  ];
  const [first] = details;
  if (first !== undefined) throw new DomainError('invalid_request', `${first.pointer ?? ''}: ${first.message}`, { details });
}

/** @throws DomainError `unprocessable` that points to every charge whose meter does not exist, with the codes it may have meant. */
export function checkMeterCodes(terms: PlanTerms, meterCodes: readonly string[]): void {
  const known = new Set(meterCodes);
  const details = terms.charges.flatMap(({ meterCode }, index) => {
    if (known.has(meterCode)) return [];
    const near = nearMatches(meterCode, meterCodes);
    const message = `received ${JSON.stringify(meterCode)}; expected the code of a meter${near.length === 0 ? '' : `, perhaps ${near.map((code) => JSON.stringify(code)).join(' or ')}`}`;
    return [{ pointer: `/charges/${index}/meter_code`, code: 'unknown_meter', message }];
  });
  const [first] = details;
  if (first !== undefined) throw new DomainError('unprocessable', `${first.pointer}: ${first.message}`, { details });
}

/**
 * Statements are priced from buckets, which hold sums and counts. A price that looks at each transaction, or at an amount that events bear,
 * would be a price nobody can compute: it is refused when the plan is made, not when the bill is due.
 */
function checkPriceable({ charges }: PlanTerms): ErrorDetail[] {
  return charges.flatMap((charge, index) => {
    const isByTransaction = requiredTransactions(charge) === 'amounts';
    if (!isByTransaction && charge.price.model !== 'dynamic') return [];
    const received = isByTransaction ? 'free transactions or amounts, or bounds per transaction' : 'the model "dynamic"';
    const message = `received ${received}; expected a price of the units used, since statements are not priced event by event`;
    return [{ pointer: `/charges/${index}/price`, code: 'unsupported', message }];
  });
}

/** The total of a statement is exact to the minor unit, so what it starts from has to be. */
function checkBaseAmount({ baseAmount, currency }: PlanTerms): ErrorDetail[] {
  const amount = decimal(baseAmount);
  if (roundMoney(amount, currency).eq(amount)) return [];
  const message = `received ${JSON.stringify(baseAmount)}; expected at most ${minorUnitDigits(currency)} decimals, as ${currency} has`;
  return [{ pointer: '/base_amount', code: 'too_precise', message }];
}

/** From a pointer into the list of charges, in the names of the domain, to one into the request, in the names of the API. */
function pointIntoBody(detail: ErrorDetail): ErrorDetail {
  if (detail.pointer === undefined) return detail;
  return { ...detail, pointer: `/charges${detail.pointer.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}` };
}
