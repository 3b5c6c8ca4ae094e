import { decimal, formatDecimal } from '@tallymark/domain';
import type { PlanTerms, PlanWithVersion } from '@tallymark/persistence';
import { type ChargedMeter, chargeFromBody, chargeToBody } from './convert-charge.js';
import type { CreatePlanVersion, PlanBody } from './schemas.js';

/** @param meters the meters of the charges by code, of which charges take what the request leaves out. */
export function convertTerms(body: CreatePlanVersion, meters: ReadonlyMap<string, ChargedMeter>): PlanTerms {
  return {
    currency: body.currency,
    interval: body.interval,
    baseAmount: body.base_amount,
    minimumCommitment: body.minimum_commitment,
    trialDays: body.trial_days,
    charges: body.charges.map((charge) => chargeFromBody(charge, meters.get(charge.meter_code))),
  };
}

/** A request for a plan in the form of the answer: where a charge leaves out whether it is prorated, as the plan has it. */
export function completeRequest<Body extends CreatePlanVersion>(body: Body, plan: PlanBody): Body {
  const known = new Map(plan.charges.map((charge) => [charge.metric, charge.prorated]));
  return { ...body, charges: body.charges.map((charge) => ({ ...charge, prorated: charge.prorated ?? known.get(charge.metric) })) };
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
    minimum_commitment: version.minimumCommitment === null ? null : formatDecimal(decimal(version.minimumCommitment)),
    trial_days: version.trialDays,
    charges: version.charges.map(chargeToBody),
    created_at: plan.createdAt.toISOString(),
    version_created_at: version.createdAt.toISOString(),
  };
}
