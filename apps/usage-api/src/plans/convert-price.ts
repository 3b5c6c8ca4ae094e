import type { PriceModel } from '@tallymark/domain';
import type { ChargeBody } from './charge-schema.js';

type PriceBody = ChargeBody['price'];

export function priceFromBody(price: PriceBody): PriceModel {
  switch (price.model) {
    case 'standard':
      return { model: price.model, unitAmount: price.unit_amount };
    case 'graduated':
    case 'volume':
      return {
        model: price.model,
        tiers: price.tiers.map((tier) => ({ upTo: tier.up_to, unitAmount: tier.unit_amount, flatAmount: tier.flat_amount })),
      };
    case 'graduated_percentage':
      return {
        model: price.model,
        tiers: price.tiers.map((tier) => ({ upTo: tier.up_to, rate: tier.rate, flatAmount: tier.flat_amount })),
      };
    case 'package':
      return { model: price.model, packageSize: price.package_size, packageAmount: price.package_amount };
    case 'percentage':
      return {
        model: price.model,
        rate: price.rate,
        fixedAmount: price.fixed_amount,
        freeTransactions: price.free_transactions,
        freeAmount: price.free_amount,
        minPerTransaction: price.min_per_transaction,
        maxPerTransaction: price.max_per_transaction,
      };
    case 'dynamic':
      return { model: price.model };
  }
}

export function priceToBody(price: PriceModel): PriceBody {
  switch (price.model) {
    case 'standard':
      return { model: price.model, unit_amount: price.unitAmount };
    case 'graduated':
    case 'volume':
      return {
        model: price.model,
        tiers: price.tiers.map((tier) => ({ up_to: tier.upTo, unit_amount: tier.unitAmount, flat_amount: tier.flatAmount })),
      };
    case 'graduated_percentage':
      return {
        model: price.model,
        tiers: price.tiers.map((tier) => ({ up_to: tier.upTo, rate: tier.rate, flat_amount: tier.flatAmount })),
      };
    case 'package':
      return { model: price.model, package_size: price.packageSize, package_amount: price.packageAmount };
    case 'percentage':
      return {
        model: price.model,
        rate: price.rate,
        fixed_amount: price.fixedAmount,
        free_transactions: price.freeTransactions,
        free_amount: price.freeAmount,
        min_per_transaction: price.minPerTransaction,
        max_per_transaction: price.maxPerTransaction,
      };
    case 'dynamic':
      return { model: price.model };
  }
}
