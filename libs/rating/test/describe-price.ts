import { describe, expect, it } from '@jest/globals';
import { type Charge, type PriceDetail, type PriceModel, decimal, formatDecimal, roundMoney, sumDecimals } from '@tallymark/domain';
import { type ChargeUsage, rateCharge } from '../src/index.js';
import { buildCharge } from './charge-builder.js';

/** One row of a price table: what is used, under which terms, and the line that must come out. */
export interface PriceCase {
  readonly case: string;
  readonly price: PriceModel;
  readonly terms?: Partial<Omit<Charge, 'price'>>;
  readonly units: string;
  readonly transactions?: readonly string[] | { readonly count: string };
  readonly dynamicAmount?: string;
  readonly currency?: string;
  /** Rounded. */
  readonly amount: string;
  /** As `description: quantity × unit amount + flat amount`. */
  readonly details: readonly string[];
}

/** Runs a table of price cases through `rateCharge`, and checks of each that its details explain the amount. */
export function describePrice(model: string, cases: readonly PriceCase[]): void {
  describe(`the ${model} price`, () => {
    it.each(cases)('$case: $units units cost $amount', (row) => {
      const currency = row.currency ?? 'USD';
      const line = rateCharge(buildCharge(row.price, row.terms), usageOf(row), currency);
      expect({ amount: formatDecimal(line.amount), details: line.details.map(print) }).toEqual({
        amount: row.amount,
        details: row.details,
      });
      for (const detail of line.details) {
        expect(formatDecimal(detail.amount)).toBe(formatDecimal(detail.quantity.times(detail.unitAmount).plus(detail.flatAmount)));
      }
      expect(formatDecimal(roundMoney(sumDecimals(line.details.map((detail) => detail.amount)), currency))).toBe(row.amount);
    });
  });
}

function usageOf({ units, transactions, dynamicAmount }: PriceCase): ChargeUsage {
  return {
    units: decimal(units),
    ...(transactions === undefined
      ? {}
      : { transactions: 'count' in transactions ? { count: decimal(transactions.count) } : { amounts: transactions.map(decimal) } }),
    ...(dynamicAmount === undefined ? {} : { dynamicAmount: decimal(dynamicAmount) }),
  };
}

function print({ description, quantity, unitAmount, flatAmount }: PriceDetail): string {
  return `${description}: ${formatDecimal(quantity)} × ${formatDecimal(unitAmount)} + ${formatDecimal(flatAmount)}`;
}
