/** `amend`: one event reads otherwise; `void`: one event is no more; `backfill`: the events of a window are replaced by given ones. */
export const CORRECTION_KINDS = ['amend', 'void', 'backfill'] as const;
export type CorrectionKind = (typeof CORRECTION_KINDS)[number];

/** `pending`: not tried yet; `proposed`: its effect is known by a dry run; `failed`: it could not be applied, and never will be. */
export const CORRECTION_STATUSES = ['pending', 'proposed', 'applied', 'reverted', 'failed'] as const;
export type CorrectionStatus = (typeof CORRECTION_STATUSES)[number];

/** What billing-calc may be asked to do with a correction. */
export type CorrectionTask = 'dry_run' | 'apply' | 'revert';

/** Who asked: the credential, by its id and, while it is known, its name. */
export interface CorrectionActor {
  readonly id: string;
  readonly name: string | null;
}

/** Why a task was refused. */
export interface CorrectionFailure {
  readonly task: CorrectionTask;
  readonly code: CorrectionFailureCode;
  readonly message: string;
  /** The correction that stands in the way, where one does. */
  readonly correctionId: string | null;
}

/** Why a correction may be refused, by code. Codes are stable. */
export const CORRECTION_FAILURES = {
  event_not_found: 'no event of that subject, source and id is kept',
  event_voided: 'the event is taken out already',
  event_exists: 'an event of that subject, source and id is in use outside of the window',
  changes_nothing: 'the events are what they would become',
  outdated: 'the events are others than those of the dry run',
  corrected_since: 'a later correction builds on this one',
  past_retention: 'its events, or some, are not kept any more',
  not_storable: 'the database can not keep the events',
  internal: 'a fault of ours',
} as const satisfies Record<string, string>;
export type CorrectionFailureCode = keyof typeof CORRECTION_FAILURES;

/** Units and money of one charge before and after. Decimal strings; units are priced units. */
export interface MetricImpact {
  /** Null for the minimum commitment. */
  readonly metric: string | null;
  readonly name: string;
  readonly unitsBefore: string;
  readonly unitsAfter: string;
  readonly amountBefore: string;
  readonly amountAfter: string;
}

/** What a correction changes on one statement. */
export interface StatementImpact {
  readonly subscriptionId: string;
  readonly subscriptionExternalId: string;
  /** ISO instants; half-open. */
  readonly periodFrom: string;
  readonly periodTo: string;
  /** A closed one stays as it is: the difference becomes an adjustment on the open one. */
  readonly isClosed: boolean;
  readonly currency: string;
  readonly totalBefore: string;
  readonly totalAfter: string;
  /** The charges that differ. */
  readonly metrics: readonly MetricImpact[];
}

/** What a correction changes, statement by statement; those it leaves as they are, are not listed. */
export interface CorrectionImpact {
  readonly statements: readonly StatementImpact[];
  /** False where there are more statements than are rated within one correction; the first are listed. */
  readonly isComplete: boolean;
}
