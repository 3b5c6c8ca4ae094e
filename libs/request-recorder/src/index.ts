export { createRequestRecorder } from './recorder.js';
export type { RequestRecorder, RequestRecorderOptions } from './recorder.js';
export type { DeliveryCounts } from './delivery.js';
export { API_REQUEST_EVENT } from '@tallymark/provider-contracts';
export type { CapturedResponse, Exchange } from './exchange.js';
export { watchExchange } from './watch-exchange.js';
export type { RoutedRequest } from './watch-exchange.js';
