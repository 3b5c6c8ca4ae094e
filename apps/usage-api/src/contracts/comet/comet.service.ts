import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import {
  CatalogueReader,
  type Read,
  type RecordedRequest,
  type RequestHistoryQuery,
  customerQuestion,
  requestHistoryRead,
  requestPageRead,
} from '@tallymark/persistence';
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
/** For how long requests are redacted before other work gets its turn. */
const REDACTED_AT_ONCE_MS = 5;

/** What is the same for whoever asks. */
const HISTORY = { type: API_REQUEST_EVENT, exceptPaths: COMET_USAGE_PATHS, maxBytes: MAX_BYTES };

type HistoryRead = Read<readonly RecordedRequest[] | null>;

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
    const ask = (read: (query: RequestHistoryQuery) => HistoryRead | null): Promise<readonly RecordedRequest[] | null> =>
      this.catalogue.read(organizationId, { id: customerId }, ({ customer: { subjects } }) => {
        const history = read({ ...HISTORY, organizationId, subjects, before, limit });
        return history === null
          ? null
          : customerQuestion<[readonly RecordedRequest[] | null], readonly RecordedRequest[] | null>([history], ([requests]) => requests);
      });
    const recorded = (await ask(requestPageRead)) ?? (await ask(requestHistoryRead)) ?? [];
    return { requests: await redactAll(recorded), asOf };
  }
}

/** Secrets were masked before anything was kept. What was kept before a rule existed is masked here. */
async function redactAll(recorded: readonly RecordedRequest[]): Promise<ApiRequest[]> {
  const redacted: ApiRequest[] = [];
  let turnEndsAt = performance.now() + REDACTED_AT_ONCE_MS;
  for (const request of recorded) {
    redacted.push(redactRequest(readRecordedRequest(request)));
    if (performance.now() < turnEndsAt) continue;
    await nextTurn();
    turnEndsAt = performance.now() + REDACTED_AT_ONCE_MS;
  }
  // They come newest first.
  return redacted.reverse();
}
