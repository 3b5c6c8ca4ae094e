export type { ContractErrors, Problem, RenderedError } from './contract.js';
export { API_REQUEST_EVENT } from './canonical.js';
export type { ApiRequest, BillingUsage, BillingUsageMetric } from './canonical.js';
export {
  PROBLEM_CONTENT_TYPE,
  PROBLEM_TYPE_BASE,
  errorDetailSchema,
  platformErrors,
  problemSchema,
  problemTitle,
  readProblem,
  renderProblem,
} from './problem/problem.js';
export type { ProblemBody } from './problem/problem.js';
export { isJsonMediaType, isUtf8, parseMediaType } from './cloudevents/media-type.js';
export type { MediaType } from './cloudevents/media-type.js';
export { EVENT_CONTENT_TYPES, eventRequestKind, unsupportedContentType } from './cloudevents/request-kind.js';
export type { EventRequestKind } from './cloudevents/request-kind.js';
export { createCloudEventParser, eventErrorCode, parseCloudEvent } from './cloudevents/parse-event.js';
export type { CloudEventOptions, CloudEventParser, CloudEventResult } from './cloudevents/parse-event.js';
export { readPlainEvents } from './cloudevents/plain-event.js';
export { isTextAt } from './cloudevents/plain-json.js';
export type { PlainEvent, PlainEventTaker } from './cloudevents/plain-event.js';
export { MAX_DATA_DEPTH, MAX_NUMBER_LENGTH } from './cloudevents/json-text.js';
export { cloudEventBatchSchema, cloudEventSchema } from './cloudevents/schema.js';
export { withoutSource } from './cloudevents/json-fault.js';
export { refusedEventDetails } from './cloudevents/refused-events.js';
export type { RefusedEvent } from './cloudevents/refused-events.js';
export { hasEventHeaders, readBinaryMode, renderBinaryMode } from './cloudevents/binary-mode.js';
export type { BinaryModeMessage, BinaryModeResult, EventHeaders } from './cloudevents/binary-mode.js';
export { renderCloudEvent, renderCloudEventBatch } from './cloudevents/render-event.js';
export { EVENT_DIFFERENCES, eventsResponseSchema, isAccepted, readEventsResponse, renderEventsResponse } from './cloudevents/verdicts.js';
export type { EventDifference, EventOutcome, EventsResponse } from './cloudevents/verdicts.js';
export {
  OPENMETER_EVENTS_PATH,
  OPENMETER_SUCCESS_STATUS,
  createOpenMeterParser,
  openmeterErrors,
  openmeterProblemSchema,
  readOpenMeterProblem,
  renderOpenMeterProblem,
  renderOpenMeterRequest,
} from './openmeter/openmeter.js';
export type { OpenMeterProblem } from './openmeter/openmeter.js';
export { BILLING_USAGE_AUTH, BILLING_USAGE_SCOPE } from './billing-usage/authentication.js';
export { BILLING_METRIC_TYPES, toMetricCode, toMetricId, unusedBillingMetric } from './billing-usage/metric-types.js';
export type { BillingMetricType } from './billing-usage/metric-types.js';
export {
  BILLING_USAGE_PATH,
  billingUsageRequestSchema,
  buildBillingUsageRequest,
  parseBillingUsageRequest,
} from './billing-usage/request.js';
export type { BillingUsageContext, BillingUsageRequest } from './billing-usage/request.js';
export { billingUsageResponseSchema, readBillingUsage, renderBillingUsage } from './billing-usage/response.js';
export type { BillingUsageResponse } from './billing-usage/response.js';
export { BILLING_ERROR_CODES, billingErrorSchema, billingUsageErrors, readBillingError } from './billing-usage/errors.js';
export type { BillingErrorBody, BillingErrorCode } from './billing-usage/errors.js';
export { billingUsageOpenApi } from './billing-usage/openapi.js';
export type { OpenApiFragment } from './openapi-fragment.js';
export type { BuiltRequest, RawQuery } from './raw-query.js';
export { GNIP_AUTH, GNIP_REALM, buildBasicAuthorization, parseBasicCredentials } from './gnip/authentication.js';
export type { BasicCredentials } from './gnip/authentication.js';
export type {
  GnipCounts,
  GnipFrame,
  GnipLevel,
  GnipProjection,
  GnipReport,
  GnipUsage,
  GnipUsageQuery,
  GnipUsageRow,
} from './gnip/canonical.js';
export { gnipErrors } from './gnip/errors.js';
export type { GnipErrorBody } from './gnip/errors.js';
export { gnipOpenApi } from './gnip/openapi.js';
export { GNIP_METRICS, gnipProductFamily, gnipProductMetrics, gnipPublisherMetrics } from './gnip/product-family.js';
export type { GnipLevelMetrics, GnipMetric, GnipProductFamily } from './gnip/product-family.js';
export { renderGnipUsage } from './gnip/render.js';
export type { GnipUsageBody, GnipWireBucket, GnipWireProduct } from './gnip/render.js';
export { GNIP_PATH, buildGnipRequest, gnipAccountOfPath, gnipUsageRequestSchema, parseGnipRequest } from './gnip/request.js';
export { gnipUsageSchema, readGnipUsage } from './gnip/response.js';
export { CROSSMINT_AUTH, CROSSMINT_SCOPE } from './crossmint/authentication.js';
export { CROSSMINT_DIMENSIONS, CROSSMINT_PATHS, CROSSMINT_PREFIXES } from './crossmint/canonical.js';
export type {
  CrossmintDimension,
  CrossmintFrame,
  CrossmintMonthUsage,
  CrossmintUsage,
  CrossmintUsageQuery,
} from './crossmint/canonical.js';
export { crossmintErrors } from './crossmint/errors.js';
export type { CrossmintBatchError, CrossmintError } from './crossmint/errors.js';
export { crossmintOpenApi } from './crossmint/openapi.js';
export { buildCrossmintRequest, crossmintUsageRequestSchema, parseCrossmintRequest } from './crossmint/request.js';
export type { CrossmintOptions } from './crossmint/request.js';
export { crossmintUsageSchema, readCrossmintUsage, renderCrossmintUsage } from './crossmint/response.js';
export type { CrossmintUsageBody } from './crossmint/response.js';
export { LAGO_COUNTRIES, LAGO_CURRENCIES } from './lago/allow-lists.js';
export { LAGO_AUTH, LAGO_SCOPE } from './lago/authentication.js';
export type { LagoPeriod, LagoReportedRow, LagoUsageFilters, LagoUsageQuery, LagoUsageRow } from './lago/canonical.js';
export { lagoErrors, lagoEventErrors } from './lago/errors.js';
export type { LagoErrorBody, LagoErrorDetails } from './lago/errors.js';
export { lagoOpenApi } from './lago/openapi.js';
export { LAGO_USAGE_PATH, buildLagoUsageRequest, lagoUsageRequestSchema, parseLagoUsageRequest } from './lago/request.js';
export { lagoUsageObjectSchema, lagoUsagesSchema, readLagoUsages, renderLagoUsages } from './lago/response.js';
export type { LagoUsageObject, LagoUsages } from './lago/response.js';
export { LAGO_BATCH_LIMIT, LAGO_EVENTS_BATCH_PATH, LAGO_EVENT_SOURCE } from './lago-events/canonical.js';
export { lagoEventsOpenApi } from './lago-events/openapi.js';
export {
  buildLagoEvent,
  buildLagoEventBatch,
  isLagoEventBody,
  lagoEventBatchSchema,
  lagoEventBodySchema,
  lagoEventSchema,
  parseLagoEvents,
} from './lago-events/request.js';
export type { LagoEvent, LagoEventOptions } from './lago-events/request.js';
export {
  lagoEventBatchResponseSchema,
  lagoEventResponseBodySchema,
  lagoEventResponseSchema,
  readLagoEventResponse,
  readLagoEventsResponse,
  renderLagoEvent,
  renderLagoEvents,
} from './lago-events/response.js';
export type { LagoEventResponse } from './lago-events/response.js';
export { lagoTimestampOfTime, timeOfLagoTimestamp } from './lago-events/timestamp.js';
export { COMET_AUTH, COMET_SCOPE } from './comet/authentication.js';
export {
  COMET_LIMIT,
  COMET_USAGE_PATHS,
  buildCometUsageRequest,
  cometRequestSchema,
  isCometUsagePath,
  parseCometUsageRequest,
} from './comet/request.js';
export type { CometUsageRequest } from './comet/request.js';
export { cometRequestEntrySchema, cometUsageSchema, readCometUsage, renderCometUsage, renderCometUsageText } from './comet/response.js';
export type { CometUsage } from './comet/response.js';
export { cometErrorSchema, cometErrors, readCometError } from './comet/errors.js';
export type { CometErrorBody } from './comet/errors.js';
export { cometOpenApi } from './comet/openapi.js';
export { redactText, redactValue } from './redaction/redact.js';
export { DEFAULT_CAP_BYTES, redactRequest } from './redaction/redact-request.js';
export { MIN_CAP_BYTES, capJson } from './redaction/cap-json.js';
export { CSV_CONTENT_TYPE, csvRow } from './csv/csv.js';
export type { CsvCell } from './csv/csv.js';
export { FOCUS_COLUMNS, FOCUS_SERVICE_CATEGORIES, FOCUS_VERSION } from './focus/columns.js';
export type { FocusRow, FocusServiceCategory } from './focus/columns.js';
export { focusRows } from './focus/statement-rows.js';
export type { FocusStatement } from './focus/statement-rows.js';
export { focusUsageRows } from './focus/usage-rows.js';
export type { FocusDay, FocusUsage } from './focus/usage-rows.js';
export { JSON_LINES_CONTENT_TYPE, renderFocusCsvHeader, renderFocusCsvRow, renderFocusJsonLine } from './focus/render.js';
