import type { Charge } from '@tallymark/domain';

/** Members that charges got later: what is stored without them is priced as it was then. */
const LATER_MEMBERS: Pick<Charge, 'filters' | 'pricingGroups' | 'prorated'> = { filters: [], pricingGroups: [], prorated: false };

/** Charges as they were stored, by whatever version, with every member that the domain knows. */
export const STORED_CHARGES = {
  to: (charges: readonly Charge[]): readonly Charge[] => charges,
  // Null where a row without a plan version is joined.
  from: (stored: readonly (Omit<Charge, keyof typeof LATER_MEMBERS> & Partial<typeof LATER_MEMBERS>)[] | null): Charge[] =>
    (stored ?? []).map((charge) => ({ ...LATER_MEMBERS, ...charge })),
};
