export {
  Decimal,
  ZERO,
  decimal,
  decimalFromInteger,
  divideExact,
  formatDecimal,
  isDecimal,
  maxDecimal,
  minDecimal,
  roundDecimal,
  sumDecimals,
} from './decimal.js';
export type { RoundingMode } from './decimal.js';
export { isCurrencyCode, minorUnitDigits, roundMoney, toMinorUnits } from './currency.js';
export { DomainError, ERROR_CODES } from './errors.js';
export type { ErrorCode, ErrorDetail } from './errors.js';
export { EVENT_LIMITS, EVENT_VERDICTS } from './event.js';
export type { EventVerdict, UsageEvent } from './event.js';
export { AGGREGATIONS, isCumulative, isJsonPath, jsonPathMembers } from './meter.js';
export type { Aggregation, Meter, MeterFilter } from './meter.js';
export { BILLING_INTERVALS } from './plan.js';
export type { BillingInterval, Charge, PercentageTier, PlanVersion, PriceModel, PriceModelName, PriceTier } from './plan.js';
export { BILLING_TIMES, CUSTOMER_TYPES } from './subscription.js';
export type { BillingTime, Customer, CustomerType, Subscription } from './subscription.js';
export type { PriceDetail, StatementAmounts, StatementLine } from './statement.js';
export { SCOPES } from './scope.js';
export type { Scope } from './scope.js';
