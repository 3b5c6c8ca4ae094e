import { DomainError } from '@tallymark/domain';
import type { MeterTerms, PricingPlan } from '@tallymark/persistence';
import { checkMeters } from '../plans/check-meters.js';

/**
 * A meter that running subscriptions are priced by keeps what their charges need of it: dimensions, amounts, an aggregation that fits.
 *
 * @throws DomainError `conflict` that names the plan version and what its charge would miss.
 */
export function requireStillPriced(code: string, terms: MeterTerms, pricing: readonly PricingPlan[]): void {
  for (const plan of pricing) {
    try {
      checkMeters(plan, { meters: new Map([[code, terms]]), codes: [code] });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      throw new DomainError(
        'conflict',
        `meter ${JSON.stringify(code)} prices running subscriptions of version ${plan.version} of the plan ${JSON.stringify(plan.code)}, which would miss something: ${error.message}`,
      );
    }
  }
}
