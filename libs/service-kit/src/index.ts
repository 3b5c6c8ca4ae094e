export { ConfigError, baseConfig, integerVariable, parseConfig, runService, secretVariable } from './config.js';
export type { BaseConfig } from './config.js';
export { createService } from './create-service.js';
export { CLOCK } from './service-options.js';
export type { Clock, OpenApiOptions, ReadinessCheck, ReadinessContext, ServiceOptions } from './service-options.js';
export type { FastRead, FastReadAnswer, FastReadRequest } from './fast-lane/fast-read.js';
export type { FastRequest, FastRoute } from './fast-lane/fast-route.js';
export { startService } from './start-service.js';
export { buildOpenApi, formatOpenApi } from './openapi.js';
export { ApiProblems } from './api-problems.js';

export { statusOf } from './errors/http-status.js';
export { speakErrorsOf } from './errors/spoken-contract.js';
export { isDependencyFailure } from './errors/dependency-failure.js';

export type { Principal } from './auth/principal.js';
export { hashApiKey, isApiKey, mintApiKey } from './auth/api-key.js';
export type { MintedApiKey } from './auth/api-key.js';
export { signCustomerToken, verifyCustomerToken } from './auth/customer-token.js';
export type { CustomerTokenClaims } from './auth/customer-token.js';
export { CredentialSource } from './auth/credential-source.js';
export type { StoredCredential } from './auth/credential-source.js';
export { AllowSchemes, CurrentPrincipal, Operator, Public, Requires } from './auth/access.js';
export type { AuthScheme } from './auth/access.js';

export { decodeCursor, encodeCursor } from './http/cursor.js';
export type { CursorContext } from './http/cursor.js';
export { Etagged, checkIfMatch, etagOf, matchesIfNoneMatch } from './http/etag.js';
export { pageOf, paginationQuery, queryInteger } from './http/pagination.js';
export type { Page, Pagination } from './http/pagination.js';

export { Counter, Gauge, Histogram, Registry, metricsRegistry } from './operations/metrics.js';
export type { PoolStatus } from './operations/metrics.js';
export { traceparentOf } from './operations/trace-context.js';
