/** What corrections need of the configuration. */
export class CorrectionSettings {
  constructor(
    /** Calendar months before the current one that events may date from. */
    readonly retentionMonths: number,
    /** Types of the events whose data are kept without secrets. */
    readonly redactedTypes: ReadonlySet<string>,
  ) {}
}
