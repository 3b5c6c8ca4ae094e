/** Injection token of the service's configuration. */
export const WORK_CONFIG = Symbol('tallymark.billing-calc-config');
