import { Window } from '@tallymark/date-window';
import type { Charge } from '@tallymark/domain';
import { type ChargedUsageRequest, type EntityManager, readChargeUsage } from '@tallymark/persistence';
import type { ChargeUsage } from '@tallymark/rating';
import { type DividedUsage, type MeteredStretch, isDivided } from './metered-stretch.js';

interface Accumulated {
  readonly charge: Charge;
  readonly request: ChargedUsageRequest;
}

/**
 * What the charges of stretches are priced by that a sum alone does not say, accumulated since each stretch's begin: one question for each bound.
 * Plans rarely have such charges, and those that have none cost no query here.
 */
export async function readDividedUsage(manager: EntityManager, stretches: readonly MeteredStretch[]): Promise<DividedUsage[]> {
  const accumulated = stretches.map((stretch) => stretch.charges.filter(isDivided).flatMap((charge) => requestsOf(stretch, charge)));
  const requests = accumulated.flat().map(({ request }) => request);
  const answers = requests.length === 0 ? [] : await readChargeUsage(manager, requests);
  let next = 0;
  return accumulated.map((ofStretch) => {
    const usage = new Map<Charge, ChargeUsage[]>();
    for (const { charge } of ofStretch) {
      usage.set(charge, [...(usage.get(charge) ?? []), answers[next]!.get(charge.metric)!]);
      next += 1;
    }
    return usage;
  });
}

function requestsOf({ series, coverage }: MeteredStretch, charge: Charge): Accumulated[] {
  const { organizationId, subjects, meters, bounds } = series;
  return bounds.slice(1).map((to) => ({
    charge,
    request: {
      organizationId,
      subjects,
      meters,
      planVersion: { charges: [charge] },
      window: Window.of(bounds[0]!, to),
      whole: coverage.whole,
      gauges: 'latest',
    },
  }));
}
