import { DomainError, type PlanVersion } from '@tallymark/domain';
import { type MeterRepository, type MeterRow, type PlanRepository, type PlanTerms, planVersionOf } from '@tallymark/persistence';
import { requireFound } from '../catalogue/not-found.js';
import { checkMeters } from '../plans/check-meters.js';
import { checkTerms } from '../plans/check-terms.js';
import { convertTerms } from '../plans/convert.js';
import type { SimulationBody } from './schemas.js';

/** A price list to try, and the meters that its charges name, by code. */
export interface ProposedPlan {
  readonly planVersion: PlanVersion;
  readonly meters: ReadonlyMap<string, MeterRow>;
  /** Whether it is a plan already. */
  readonly isDraft: boolean;
}

const NO_ID = '00000000-0000-0000-0000-000000000000';

/**
 * The plan that a request names, or the terms it brings, checked as those of a plan are.
 *
 * @throws DomainError `not_found` for an unknown plan; what the checks of a plan throw, with pointers into the request.
 */
export async function findProposedPlan(
  repositories: { readonly plans: PlanRepository; readonly meters: MeterRepository },
  organizationId: string,
  { plan, terms }: Pick<SimulationBody, 'plan' | 'terms'>,
): Promise<ProposedPlan> {
  const findMeters = (codes: readonly string[]): Promise<Map<string, MeterRow>> => repositories.meters.findByCodes(organizationId, codes);
  if (terms !== undefined) {
    const meters = await findMeters(terms.charges.map((charge) => charge.meter_code));
    const checked = convertTerms(terms, meters);
    const codes = await repositories.meters.listCodes(organizationId);
    pointIntoTerms(() => {
      checkTerms(checked);
      checkMeters(checked, { meters, codes });
    });
    return { planVersion: draftOf(checked), meters, isDraft: true };
  }
  const { code, version } = plan!;
  const found = requireFound(
    await repositories.plans.find(organizationId, code, version),
    'plan',
    version === undefined ? code : `${code} version ${version}`,
  );
  const planVersion = planVersionOf({ ...found.version, plan: found.plan });
  return { planVersion, meters: await findMeters(planVersion.charges.map((charge) => charge.meterCode)), isDraft: false };
}

function draftOf(terms: PlanTerms): PlanVersion {
  return { ...terms, id: NO_ID, planId: NO_ID, planCode: 'draft', planName: 'Draft', version: 0 };
}

function pointIntoTerms(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const details = error.details.map((detail) =>
      detail.pointer === undefined ? detail : { ...detail, pointer: `/terms${detail.pointer}` },
    );
    throw new DomainError(error.code, `/terms${error.message}`, { details });
  }
}
