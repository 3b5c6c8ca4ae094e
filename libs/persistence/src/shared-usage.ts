import type { Charge } from '@tallymark/domain';
import { type ChargeUsage, requiredTransactions, requiresDynamicAmount } from '@tallymark/rating';
import type { EntityManager } from 'typeorm';
import { type Billing, readBillingUsage } from './billable.js';

/**
 * Reads the usage of statements of which several are about the same window of the same subscription under different plan versions. What two price
 * lists ask of one meter is read once, so that they are compared on the very same usage.
 *
 * @returns for each billing the usage by the metrics of its own plan version.
 */
export async function readSharedUsage(manager: EntityManager, billings: readonly Billing[]): Promise<Map<string, ChargeUsage>[]> {
  const groups = new Map<string, Billing[]>();
  for (const billing of billings) groups.set(windowKey(billing), [...(groups.get(windowKey(billing)) ?? []), billing]);
  const readings = new Map(
    zip([...groups.keys()], await readBillingUsage(manager, [...groups.values()].map(unite))).map(([key, usage]) => [key, usage] as const),
  );
  return billings.map((billing) => {
    const usage = readings.get(windowKey(billing))!;
    return new Map(
      billing.planVersion.charges.flatMap((charge) => {
        const found = usage.get(usageKey(charge));
        return found === undefined ? [] : [[charge.metric, found] as const];
      }),
    );
  });
}

/** One billing that asks all that the billings of one window ask, each thing once. */
function unite(billings: readonly Billing[]): Billing {
  const [first] = billings as [Billing];
  const charges = new Map(billings.flatMap(({ planVersion }) => planVersion.charges).map((charge) => [usageKey(charge), charge]));
  return {
    ...first,
    billable: { ...first.billable, meters: new Map(billings.flatMap(({ billable }) => [...billable.meters])) },
    planVersion: { ...first.planVersion, charges: [...charges].map(([metric, charge]) => ({ ...charge, metric })) },
  };
}

function windowKey({ billable, window, whole, gauges }: Billing): string {
  return JSON.stringify([billable.subscription.id, window, whole ?? null, gauges]);
}

/** Charges with the same key need the same to be priced: their meter's usage, divided in the same way, with the same of single transactions. */
function usageKey(charge: Charge): string {
  const division = [charge.filters.map(({ values }) => Object.entries(values)), charge.pricingGroups];
  return JSON.stringify([charge.meterCode, division, requiredTransactions(charge), requiresDynamicAmount(charge)]);
}

function zip<A, B>(left: readonly A[], right: readonly B[]): [A, B][] {
  return left.map((value, index) => [value, right[index]!]);
}
