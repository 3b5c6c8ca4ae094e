import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import { ApiKeyRepository, type CorrectionActor, CorrectionRepository, type CorrectionRow, newId } from '@tallymark/persistence';
import { CLOCK, type Clock, type Page, type Principal } from '@tallymark/service-kit';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { listById } from '../catalogue/list-by-id.js';
import { requireFound } from '../catalogue/not-found.js';
import { organizationOf } from '../catalogue/organization-of.js';
import { checkCorrection } from './check-correction.js';
import { convertCorrection } from './convert.js';
import { CorrectionSettings } from './correction-settings.js';
import { refusalError } from './refusal-error.js';
import type { CorrectionBody, CorrectionsQuery, CreateCorrection } from './schemas.js';

/** What became of a request within the time that its answer may wait. */
export interface CorrectionAnswer {
  readonly isNew: boolean;
  /** False while billing-calc is at work. */
  readonly isDone: boolean;
  readonly entity: CorrectionBody;
}

const POLL_MS = { first: 5, longest: 200 };

/** Takes corrections down, has billing-calc make them, and tells what became of them. */
@Injectable()
export class CorrectionsService {
  constructor(
    private readonly corrections: CorrectionRepository,
    private readonly apiKeys: ApiKeyRepository,
    private readonly catalogue: CatalogueSettings,
    private readonly settings: CorrectionSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(principal: Principal, body: CreateCorrection, bodyJson: string, waitMs: number): Promise<CorrectionAnswer> {
    const organizationId = organizationOf(principal);
    const now = this.clock();
    checkCorrection(body, { now, oldest: this.oldestKept(now), redactedTypes: this.settings.redactedTypes });
    const { row, isNew, isSame } = await this.corrections.create({
      id: newId(now),
      organizationId,
      externalId: body.external_id ?? null,
      kind: body.kind,
      reason: body.reason,
      bodyJson,
      task: body.dry_run ? 'dry_run' : 'apply',
      requestedBy: await this.actorOf(organizationId, principal),
      createdAt: now,
    });
    if (!isSame)
      throw new DomainError(
        'conflict',
        `correction ${JSON.stringify(body.external_id)} exists with other content; expected another external_id`,
        {
          details: [{ pointer: '/external_id', code: 'differs', message: `${row.id} has it` }],
        },
      );
    return this.answer(row, isNew, waitMs);
  }

  async list(principal: Principal, { status, ...pagination }: CorrectionsQuery): Promise<Page<CorrectionBody>> {
    const organizationId = organizationOf(principal);
    return listById({
      secret: this.catalogue.tokenSecret,
      context: { organizationId, route: 'GET /platform/v1/corrections', filters: { status } },
      pagination,
      load: (page) => this.corrections.list(organizationId, { status: status ?? null }, page),
      convert: convertCorrection,
    });
  }

  async get(principal: Principal, reference: string): Promise<CorrectionBody> {
    return convertCorrection(requireFound(await this.corrections.find(organizationOf(principal), reference), 'correction', reference));
  }

  /** Applies what was tried. Applying twice is once. @throws DomainError `conflict` when it is reverted or failed, or the events are others now. */
  async apply(principal: Principal, reference: string, waitMs: number): Promise<CorrectionAnswer> {
    const organizationId = organizationOf(principal);
    const by = await this.actorOf(organizationId, principal);
    const row = await this.corrections.requestTask(organizationId, reference, { task: 'apply', by }, ({ status }) => {
      if (status === 'reverted' || status === 'failed') throw wrongStatus(reference, status, 'a proposed one');
      return status !== 'applied';
    });
    return this.answer(requireFound(row, 'correction', reference), false, waitMs);
  }

  /** Takes back what was applied. Reverting twice is once. @throws DomainError `conflict` when it is not applied, or a later correction builds on it. */
  async revert(principal: Principal, reference: string, reason: string, waitMs: number): Promise<CorrectionAnswer> {
    const organizationId = organizationOf(principal);
    const by = await this.actorOf(organizationId, principal);
    const row = await this.corrections.requestTask(organizationId, reference, { task: 'revert', by, reason }, ({ status }) => {
      if (status !== 'applied' && status !== 'reverted') throw wrongStatus(reference, status, 'an applied one');
      return status === 'applied';
    });
    return this.answer(requireFound(row, 'correction', reference), false, waitMs);
  }

  /** Waits until billing-calc is done with it. @throws DomainError when it refused. */
  private async answer(row: CorrectionRow, isNew: boolean, waitMs: number): Promise<CorrectionAnswer> {
    const deadline = performance.now() + waitMs;
    let current = row;
    for (let pauseMs = POLL_MS.first; current.task !== null; pauseMs = Math.min(pauseMs * 2, POLL_MS.longest)) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return { isNew, isDone: false, entity: convertCorrection(current) };
      await delay(Math.min(pauseMs, leftMs));
      current = requireFound(await this.corrections.find(row.organizationId, row.id), 'correction', row.id);
    }
    if (current.failure !== null) throw refusalError(current.failure);
    return { isNew, isDone: true, entity: convertCorrection(current) };
  }

  private async actorOf(organizationId: string, principal: Principal): Promise<CorrectionActor> {
    const key = principal.kind === 'api_key' ? await this.apiKeys.find(organizationId, principal.credentialId) : null;
    return { id: principal.credentialId, name: key?.name ?? null };
  }

  private oldestKept(now: Date): Date {
    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - this.settings.retentionMonths, 1));
  }
}

function wrongStatus(reference: string, status: string, expected: string): DomainError {
  return new DomainError('conflict', `correction ${JSON.stringify(reference)} is ${status}; expected ${expected}`, {
    details: [{ pointer: '/status', code: 'wrong_status', message: `it is ${status}; expected ${expected}` }],
  });
}
