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
export { divideRounded } from './divide-rounded.js';
export type { RoundingMode } from './decimal.js';
export { isActiveCurrencyCode, isCurrencyCode, minorUnitDigits, roundMoney, toMinorUnits } from './currency.js';
export { DomainError, ERROR_CODES } from './errors.js';
export type { ErrorCode, ErrorDetail } from './errors.js';
export { EVENT_LIMITS, EVENT_VERDICTS } from './event.js';
export type { EventVerdict, UsageEvent } from './event.js';
export {
  AGGREGATIONS,
  METER_ROUNDING_FUNCTIONS,
  TIME_UNITS,
  isCumulative,
  isJsonPath,
  jsonPathMembers,
  mayRecur,
  roundAggregate,
} from './meter.js';
export type { Aggregation, Meter, MeterFilter, MeterRounding, TimeUnit } from './meter.js';
export { BILLING_INTERVALS } from './plan.js';
export type { BillingInterval, Charge, ChargeFilter, PercentageTier, PlanVersion, PriceModel, PriceModelName, PriceTier } from './plan.js';
export { BILLING_TIMES, CUSTOMER_TYPES } from './subscription.js';
export type { BillingTime, Customer, CustomerType, Subscription } from './subscription.js';
export { STATEMENT_STATUSES } from './statement.js';
export type { PriceDetail, StatementAdjustment, StatementAmounts, StatementLine, StatementStatus } from './statement.js';
export { SCOPES } from './scope.js';
export type { Scope } from './scope.js';
