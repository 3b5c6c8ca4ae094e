import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import { CatalogueReader, type RecordedRequest, customerQuestion, requestHistoryRead } from '@tallymark/persistence';
import {
  API_REQUEST_EVENT,
  type ApiRequest,
  COMET_USAGE_PATHS,
  type RawQuery,
  parseCometUsageRequest,
  redactRequest,
} from '@tallymark/provider-contracts';
import { CLOCK, type Clock, type Principal } from '@tallymark/service-kit';
import { readRecordedRequest } from './recorded-request.js';

/** Recorded data in one answer, so that a page of the largest requests is no flood. */
const MAX_BYTES = 4_000_000;
/** Requests that are redacted before other work gets its turn. */
const REDACTED_AT_ONCE = 25;

/** What the contract's answer is made of. */
export interface CometAnswer {
  readonly requests: readonly ApiRequest[];
  readonly asOf: Date;
}

/** The history of the API requests that a customer's subjects made. */
@Injectable()
export class CometService {
  constructor(
    private readonly catalogue: CatalogueReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws DomainError `forbidden` for a credential of a whole organization; `invalid_request` with one detail per problem */
  async read({ organizationId, customerId }: Principal, query: RawQuery): Promise<CometAnswer> {
    if (customerId === null) throw new DomainError('forbidden', 'the key stands for a whole organization; expected a key of one customer');
    const asOf = this.clock();
    const { limit, before } = parseCometUsageRequest(query);
    const recorded = await this.catalogue.read(organizationId, { id: customerId }, ({ customer: { subjects } }) => {
      const history = {
        organizationId,
        subjects,
        type: API_REQUEST_EVENT,
        exceptPaths: COMET_USAGE_PATHS,
        before,
        limit,
        maxBytes: MAX_BYTES,
      };
      return customerQuestion<[readonly RecordedRequest[]], readonly RecordedRequest[]>(
        [requestHistoryRead(history)],
        ([requests]) => requests,
      );
    });
    return { requests: await redactAll((recorded ?? []).map(readRecordedRequest)), asOf };
  }
}

/** Secrets were masked before anything was kept. What was kept before a rule existed is masked here. */
async function redactAll(requests: readonly ApiRequest[]): Promise<ApiRequest[]> {
  const redacted: ApiRequest[] = [];
  for (let start = 0; start < requests.length; start += REDACTED_AT_ONCE) {
    redacted.push(...requests.slice(start, start + REDACTED_AT_ONCE).map((request) => redactRequest(request)));
    await nextTurn();
  }
  return redacted;
}
