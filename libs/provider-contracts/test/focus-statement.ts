import { Window } from '@tallymark/date-window';
import { type Charge, type StatementAdjustment, type StatementAmounts, decimal, sumDecimals } from '@tallymark/domain';
import { type ChargeUsage, rateCharge } from '@tallymark/rating';
import type { FocusStatement } from '../src/index.js';

export const NOVEMBER = Window.of(new Date('2026-11-01T00:00:00Z'), new Date('2026-12-01T00:00:00Z'));

export const CHARGE: Charge = {
  metric: 'api_calls',
  name: 'API calls',
  meterCode: 'api_calls',
  unit: 'calls',
  unitSize: '1',
  includedUnits: '0',
  price: { model: 'standard', unitAmount: '0.005' },
  minAmount: null,
  maxAmount: null,
  filters: [],
  pricingGroups: [],
  prorated: false,
};

export const GRADUATED = {
  model: 'graduated',
  tiers: [
    { upTo: '10', unitAmount: '1', flatAmount: '0' },
    { upTo: null, unitAmount: '0.333', flatAmount: '2' },
  ],
} as const satisfies Charge['price'];

export const PERCENTAGE: Charge['price'] = {
  model: 'percentage',
  rate: '1.5',
  fixedAmount: '0.1',
  freeTransactions: null,
  freeAmount: null,
  minPerTransaction: null,
  maxPerTransaction: null,
};

/** One price of every model. */
export const PRICES: readonly Charge['price'][] = [
  CHARGE.price,
  GRADUATED,
  { model: 'volume', tiers: GRADUATED.tiers },
  {
    model: 'graduated_percentage',
    tiers: [
      { upTo: '5', rate: '3.3', flatAmount: '0.5' },
      { upTo: null, rate: '0.7', flatAmount: '1' },
    ],
  },
  { model: 'package', packageSize: '7', packageAmount: '1.005' },
  PERCENTAGE,
  { model: 'dynamic' },
];

export function chargeAt(price: Charge['price'], more: Partial<Charge> = {}): Charge {
  return { ...CHARGE, ...more, price };
}

/** A charge and what was used of its meter. */
export interface Used {
  readonly charge: Charge;
  readonly usage: ChargeUsage;
}

interface Extras {
  readonly base?: string;
  readonly trueUp?: string;
  readonly adjustments?: StatementAdjustment[];
}

export function amountsOf(used: readonly Used[], more: Extras = {}): StatementAmounts {
  const lines = used.map(({ charge, usage }) => rateCharge(charge, usage, 'USD'));
  const base = decimal(more.base ?? '0');
  const commitmentTrueUp = decimal(more.trueUp ?? '0');
  const adjustments = more.adjustments ?? [];
  const overageAmount = sumDecimals(lines.map((line) => line.amount));
  const adjustmentAmount = sumDecimals(adjustments.map((one) => one.amount));
  const total = sumDecimals([base, overageAmount, commitmentTrueUp, adjustmentAmount]);
  return { currency: 'USD', base, overageAmount, commitmentTrueUp, adjustmentAmount, total, lines, adjustments };
}

/** A closed statement of November. */
export function statementOf(used: readonly Used[], more: Extras & { readonly name?: string } = {}): FocusStatement {
  return {
    id: '0197a1b2-4c3d-7e5f-8a9b-0c1d2e3f4a5b',
    organizationName: 'Example Cloud',
    serviceCategory: 'Developer Tools',
    customer: { externalId: 'acme', name: more.name ?? 'Acme' },
    subscription: { externalId: 'acme-pro' },
    plan: { code: 'pro', name: 'Pro', version: 2 },
    period: NOVEMBER,
    billingPeriod: NOVEMBER,
    status: 'closed',
    charges: used.map(({ charge }) => charge),
    amounts: amountsOf(used, more),
  };
}
