import { type Decimal, decimal, decimalFromInteger, formatDecimal, sumDecimals } from '@tallymark/domain';
import type { SimulatedSubscription, SubscribedCustomer } from '@tallymark/persistence';
import { csvRow } from '@tallymark/provider-contracts';
import type { SimulatedCustomerBody, SimulationAnswer } from './schemas.js';

export function convertCustomer(customer: SubscribedCustomer, subscriptions: readonly SimulatedSubscription[]): SimulatedCustomerBody {
  const amounts = convertAmounts(subscriptions);
  return {
    customer_id: customer.id,
    customer_external_id: customer.externalId,
    customer_name: customer.name,
    outcome: subscriptions.every(({ skipped }) => skipped !== null) ? 'skipped' : outcomeOf(decimal(amounts.difference)),
    ...amounts,
    subscriptions: subscriptions.map((one) => ({
      subscription_id: one.subscriptionId,
      subscription_external_id: one.externalId,
      plan_code: one.planVersion.planCode,
      plan_version: one.planVersion.version,
      periods: one.periods,
      skipped: one.skipped,
      ...convertAmounts([one]),
      lines: one.lines.map(({ metric, name, current, proposed }) => ({
        metric,
        name,
        current_amount: current === null ? null : formatDecimal(current),
        proposed_amount: proposed === null ? null : formatDecimal(proposed),
      })),
    })),
  };
}

export function totalsOf(
  customers: readonly SimulatedCustomerBody[],
  subscriptions: readonly SimulatedSubscription[],
): SimulationAnswer['totals'] {
  const count = (outcome: SimulatedCustomerBody['outcome']): number => customers.filter((one) => one.outcome === outcome).length;
  return {
    customers: customers.length,
    winners: count('winner'),
    losers: count('loser'),
    unchanged: count('unchanged'),
    skipped: count('skipped'),
    ...convertAmounts(subscriptions),
  };
}

/** A record for each customer; subscriptions and lines are in the JSON alone. */
export function simulationToCsv({ currency, data }: SimulationAnswer): string {
  const header = [
    'customer_id',
    'customer',
    'name',
    'outcome',
    'currency',
    'current_amount',
    'proposed_amount',
    'difference',
    'subscriptions',
  ];
  const rows = data.map((one) =>
    csvRow([
      one.customer_id,
      one.customer_external_id,
      one.customer_name,
      one.outcome,
      currency,
      decimal(one.current_amount),
      decimal(one.proposed_amount),
      decimal(one.difference),
      decimalFromInteger(one.subscriptions.length),
    ]),
  );
  return [csvRow(header), ...rows].join('');
}

function convertAmounts(
  subscriptions: readonly Pick<SimulatedSubscription, 'current' | 'proposed'>[],
): Pick<SimulatedCustomerBody, 'current_amount' | 'proposed_amount' | 'difference'> {
  const current = sumDecimals(subscriptions.map((one) => one.current));
  const proposed = sumDecimals(subscriptions.map((one) => one.proposed));
  return {
    current_amount: formatDecimal(current),
    proposed_amount: formatDecimal(proposed),
    difference: formatDecimal(proposed.minus(current)),
  };
}

function outcomeOf(difference: Decimal): 'winner' | 'loser' | 'unchanged' {
  if (difference.lt(decimal('0'))) return 'winner';
  return difference.eq(decimal('0')) ? 'unchanged' : 'loser';
}
