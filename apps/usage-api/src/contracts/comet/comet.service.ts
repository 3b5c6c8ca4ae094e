import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import {
  CatalogueReader,
  type Read,
  type RecordedRequest,
  type RequestHistoryQuery,
  customerQuestion,
  logStandsRead,
  provenRequestPageRead,
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
  renderCometUsageText,
} from '@tallymark/provider-contracts';
import { CLOCK, type Clock, type Principal } from '@tallymark/service-kit';
import { KeptPages } from './kept-pages.js';
import { readRecordedRequest } from './recorded-request.js';

/** Recorded data in one answer, so that a page of the largest requests is no flood. */
const MAX_BYTES = 4_000_000;
/** For how long requests are redacted before other work gets its turn. */
const REDACTED_AT_ONCE_MS = 5;

/** What is the same for whoever asks. */
const HISTORY = { type: API_REQUEST_EVENT, exceptPaths: COMET_USAGE_PATHS, maxBytes: MAX_BYTES };

/** Recorded data of a page that is kept in memory. */
const MOST_KEPT_BYTES = 65_536;

/** What the contract's answer is made of. */
export interface CometAnswer {
  readonly requests: readonly ApiRequest[];
  readonly asOf: Date;
}

/** The contract's answer as JSON. */
export interface CometText {
  readonly text: string;
  readonly asOf: Date;
}

/** What is asked for, by whom, and when. */
interface Asked extends Pick<RequestHistoryQuery, 'organizationId' | 'before' | 'limit'> {
  readonly customerId: string;
  readonly asOf: Date;
}

/** The history of the API requests that a customer's subjects made. */
@Injectable()
export class CometService {
  private readonly kept = new KeptPages();

  constructor(
    private readonly catalogue: CatalogueReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws DomainError `forbidden` for a credential of a whole organization; `invalid_request` with one detail per problem */
  async read(principal: Principal, query: RawQuery): Promise<CometAnswer> {
    const asked = this.understand(principal, query);
    return { requests: await redactAll(await this.readRecorded(asked)), asOf: asked.asOf };
  }

  /**
   * The text of the answer that {@link read} gives. The newest page is kept, and answered again as long as the database says that the part of the log it
   * was read from is as it was then; otherwise it is read.
   *
   * @throws what `read` throws
   */
  async readText(principal: Principal, query: RawQuery): Promise<CometText> {
    const asked = this.understand(principal, query);
    const { asOf, before } = asked;
    if (before !== null) return { text: await textOf(await this.readRecorded(asked)), asOf };
    const text = (await this.ask(asked, (history) => this.askKept(history))) ?? (await this.readPage(asked));
    return { text: text ?? (await textOf(await this.readWhole(asked))), asOf };
  }

  private understand({ organizationId, customerId }: Principal, query: RawQuery): Asked {
    if (customerId === null) throw new DomainError('forbidden', 'the key stands for a whole organization; expected a key of one customer');
    const asOf = this.clock();
    return { organizationId, customerId, asOf, ...parseCometUsageRequest(query) };
  }

  /** Null where one round trip does not do. */
  private ask<T>(
    { organizationId, customerId, asOf, before, limit }: Asked,
    read: (history: RequestHistoryQuery) => Read<T | null> | null,
  ): Promise<T | null> {
    return this.catalogue.read(organizationId, { id: customerId }, asOf, ({ customer: { subjects } }) => {
      const asked = read({ ...HISTORY, organizationId, subjects, before, limit });
      return asked === null ? null : customerQuestion<[T | null], T | null>([asked], ([answer]) => answer);
    });
  }

  private askKept(history: RequestHistoryQuery): Read<string | null> | null {
    const page = this.kept.recall(history);
    if (page === undefined) return null;
    const { statement, values, answer } = logStandsRead(history.subjects[0]!, page.proof);
    return { statement, values, answer: (rows) => (answer(rows) ? page.text : null) };
  }

  private async readPage(asked: Asked): Promise<string | null> {
    let history: RequestHistoryQuery | undefined;
    const page = await this.ask(asked, (query) => provenRequestPageRead((history = query), MOST_KEPT_BYTES));
    if (page === null || history === undefined) return null;
    const text = await textOf(page.requests);
    if (page.proof !== null) this.kept.keep(history, { proof: page.proof, text });
    return text;
  }

  private async readRecorded(asked: Asked): Promise<readonly RecordedRequest[]> {
    return (await this.ask(asked, requestPageRead)) ?? (await this.readWhole(asked));
  }

  private async readWhole(asked: Asked): Promise<readonly RecordedRequest[]> {
    return (await this.ask(asked, requestHistoryRead)) ?? [];
  }
}

async function textOf(recorded: readonly RecordedRequest[]): Promise<string> {
  return renderCometUsageText(await redactAll(recorded));
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
