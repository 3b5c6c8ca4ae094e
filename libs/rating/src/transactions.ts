import { type Decimal, ZERO, decimal, minDecimal } from '@tallymark/domain';

/**
 * Sets refunds (negative amounts) off against the transactions before them, the latest first, and against the next ones where they exceed
 * those. What remains is one amount per transaction, none negative, so that no bound or fixed amount is ever applied to a refund.
 * The sum stays the same unless refunds exceed all transactions; then it is zero instead of negative.
 */
export function settleRefunds(amounts: readonly Decimal[]): Decimal[] {
  const settled: Decimal[] = [];
  const refundable: number[] = [];
  let refund = ZERO;
  for (const amount of amounts) {
    if (amount.gte(ZERO)) {
      const setOff = minDecimal(amount, refund);
      refund = refund.minus(setOff);
      refundable.push(settled.length);
      settled.push(amount.minus(setOff));
    } else {
      refund = refund.minus(amount);
    }
    while (refund.gt(ZERO) && refundable.length > 0) {
      const latest = refundable[refundable.length - 1] ?? 0;
      const setOff = minDecimal(settled[latest] ?? ZERO, refund);
      refund = refund.minus(setOff);
      settled[latest] = (settled[latest] ?? ZERO).minus(setOff);
      if (settled[latest].eq(ZERO)) refundable.pop();
    }
  }
  return settled;
}

/** Takes included units off the transactions in order. One that they cover wholly is gone: it has no overage that a price could apply to. */
export function withoutIncluded(amounts: readonly Decimal[], included: Decimal): Decimal[] {
  if (included.lte(ZERO)) return [...amounts];
  const rest: Decimal[] = [];
  let left = included;
  for (const amount of amounts) {
    const covered = minDecimal(amount, left);
    left = left.minus(covered);
    if (amount.gt(covered)) rest.push(amount.minus(covered));
  }
  return rest;
}

/** How much of the first transactions is free: of the units, and of the fixed amounts and bounds. */
export interface FreeShare {
  readonly units: Decimal;
  readonly transactions: number;
}

/**
 * Free units are the lesser of `freeAmount` and what the first `freeTransactions` come to. Free transactions are the lesser of that number and
 * of those after which the running total is still below `freeAmount`: the one that reaches it pays its whole fixed amount.
 * A limit that is null or zero is no limit; without any, nothing is free.
 */
export function freeShare(
  limits: { readonly freeTransactions: number | null; readonly freeAmount: string | null },
  amounts: readonly Decimal[],
): FreeShare {
  const byCount = limits.freeTransactions === 0 ? null : limits.freeTransactions;
  const byAmount = limits.freeAmount === null ? ZERO : decimal(limits.freeAmount);
  if (byCount === null && byAmount.lte(ZERO)) return { units: ZERO, transactions: 0 };

  const countLimit = byCount ?? amounts.length;
  let units = ZERO;
  let transactions = 0;
  for (const amount of amounts.slice(0, countLimit)) {
    units = units.plus(amount);
    if (byAmount.gt(ZERO) && units.gte(byAmount)) return { units: byAmount, transactions };
    transactions += 1;
  }
  return { units, transactions };
}
