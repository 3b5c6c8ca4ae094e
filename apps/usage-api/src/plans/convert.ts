import { decimal, formatDecimal } from '@tallymark/domain';
import type { PlanTerms, PlanWithVersion } from '@tallymark/persistence';
import { chargeFromBody, chargeToBody } from './convert-charge.js';
import type { CreatePlanVersion, PlanBody } from './schemas.js';

export function convertTerms(body: CreatePlanVersion): PlanTerms {
  return { currency: body.currency, interval: body.interval, baseAmount: body.base_amount, charges: body.charges.map(chargeFromBody) };
}

export function convertPlan({ plan, version }: PlanWithVersion): PlanBody {
  return {
    id: plan.id,
    code: plan.code,
    name: plan.name,
    version: version.version,
    currency: version.currency,
    interval: version.interval,
    base_amount: formatDecimal(decimal(version.baseAmount)),
    charges: version.charges.map(chargeToBody),
    created_at: plan.createdAt.toISOString(),
    version_created_at: version.createdAt.toISOString(),
  };
}
