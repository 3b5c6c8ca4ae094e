import {
  type ContractErrors,
  billingUsageErrors,
  cometErrors,
  crossmintErrors,
  gnipErrors,
  lagoErrors,
  lagoEventErrors,
} from '@tallymark/provider-contracts';

/** The contracts whose errors speak their own language, and what of Lago's events is not served. First match wins. */
export const CONTRACT_ERRORS: readonly ContractErrors[] = [
  billingUsageErrors,
  crossmintErrors,
  gnipErrors,
  lagoErrors,
  lagoEventErrors,
  cometErrors,
];

/** Whether a path belongs to a contract, which answers a repeated parameter in its own words. */
export function allowsRepeatedQuery(path: string): boolean {
  return CONTRACT_ERRORS.some((contract) => contract.matches(path));
}
