import { type Charge, type Decimal, type ErrorDetail, isCurrencyCode, minorUnitDigits, roundMoney } from '@tallymark/domain';
import { type Problems, createProblems } from './problems.js';
import { isExactUnitSize } from './unit-size.js';
import { validateDivision, validateIncluded } from './validate-division.js';
import { validatePrice } from './validate-price.js';

const CODE = /^[a-z0-9]+(_[a-z0-9]+)*$/;
const MAX_CODE_LENGTH = 64;

/**
 * Everything wrong with a charge, at once; empty when it can be priced. Types are taken for granted: the wire's schema has checked them.
 * Pointers are RFC 6901, relative to the charge and in its TypeScript names: `/price/tiers/0/upTo`. A wrong currency is named as a parameter.
 */
export function validateCharge(charge: Charge, currency: string): ErrorDetail[] {
  const problems = createProblems();
  validateNames(charge, problems);
  validateUnits(charge, problems);
  validatePrice(charge.price, '/price', problems);
  validateDivision(charge, problems);
  const minAmount = problems.notNegativeOrNull('/minAmount', charge.minAmount);
  const maxAmount = problems.notNegativeOrNull('/maxAmount', charge.maxAmount);
  problems.ordered(minAmount, maxAmount, '/maxAmount');
  if (!isCurrencyCode(currency)) return [...problems.found, wrongCurrency(currency)];
  validateMinorUnits(minAmount, '/minAmount', currency, problems);
  validateMinorUnits(maxAmount, '/maxAmount', currency, problems);
  return [...problems.found];
}

/** Everything wrong with a plan version's charges, each alone and all together: a metric is priced once. Pointers are relative to the list: `/1/metric`. */
export function validateCharges(charges: readonly Charge[], currency: string): ErrorDetail[] {
  const details: ErrorDetail[] = isCurrencyCode(currency) ? [] : [wrongCurrency(currency)];
  const firstIndexByMetric = new Map<string, number>();
  for (const [index, charge] of charges.entries()) {
    for (const detail of validateCharge(charge, currency)) {
      if (detail.pointer !== undefined) details.push({ ...detail, pointer: `/${index}${detail.pointer}` });
    }
    const firstIndex = firstIndexByMetric.get(charge.metric);
    if (firstIndex === undefined) firstIndexByMetric.set(charge.metric, index);
    else {
      const message = `received ${JSON.stringify(charge.metric)} again, as in charge ${firstIndex}; expected each metric once in a plan version`;
      details.push({ pointer: `/${index}/metric`, code: 'duplicate', message });
    }
  }
  return details;
}

function validateNames(charge: Charge, problems: Problems): void {
  for (const member of ['metric', 'meterCode'] as const) {
    const code = charge[member];
    if (CODE.test(code) && code.length <= MAX_CODE_LENGTH) continue;
    problems.add(
      `/${member}`,
      'not_a_code',
      `received ${JSON.stringify(code)}; expected ${CODE.source}, at most ${MAX_CODE_LENGTH} characters`,
    );
  }
  for (const member of ['name', 'unit'] as const) {
    if (charge[member].trim() === '')
      problems.add(`/${member}`, 'blank', `received ${JSON.stringify(charge[member])}; expected text for people`);
  }
}

function validateUnits(charge: Charge, problems: Problems): void {
  const unitSize = problems.positive('/unitSize', charge.unitSize);
  if (unitSize !== null && !isExactUnitSize(unitSize)) {
    const message = `received ${JSON.stringify(charge.unitSize)}; expected a product of twos and fives such as "1000" or "1024", so that units divide exactly`;
    problems.add('/unitSize', 'not_exact', message);
  }
  validateIncluded(charge, '', problems);
}

function validateMinorUnits(amount: Decimal | null, pointer: string, currency: string, problems: Problems): void {
  if (amount === null || roundMoney(amount, currency).eq(amount)) return;
  problems.add(
    pointer,
    'too_precise',
    `received ${amount.toFixed()}; expected at most ${minorUnitDigits(currency)} decimals, as ${currency} has`,
  );
}

function wrongCurrency(currency: string): ErrorDetail {
  return {
    parameter: 'currency',
    code: 'not_a_currency',
    message: `received ${JSON.stringify(currency)}; expected three upper-case letters (ISO 4217)`,
  };
}
