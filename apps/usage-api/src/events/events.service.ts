import { Injectable } from '@nestjs/common';
import { DataSource, type ListedEvent, inOrganization, listEvents } from '@tallymark/persistence';
import { type Page, type Principal, decodeCursor, encodeCursor, pageOf } from '@tallymark/service-kit';
import { z } from 'zod';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { organizationOf } from '../catalogue/organization-of.js';
import type { EventsQuery, ListedEventBody } from './schemas.js';

const position = z.object({ commitId: z.string().regex(/^\d+$/), ordinal: z.string() });

/** Lists what came in, so that nobody wonders why usage is zero. */
@Injectable()
export class EventsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: CatalogueSettings,
  ) {}

  async list(principal: Principal, { cursor, limit, ...filters }: EventsQuery): Promise<Page<ListedEventBody>> {
    const organizationId = organizationOf(principal);
    const secret = this.settings.tokenSecret;
    const context = { organizationId, route: 'GET /platform/v1/events', filters };
    const after = cursor === undefined ? null : decodeCursor(secret, context, cursor, position);
    const { received_from: from, received_to: to, ...named } = filters;
    const events = await inOrganization(this.dataSource, organizationId, (manager) =>
      listEvents(
        manager,
        {
          ...named,
          receivedFrom: from === undefined ? undefined : new Date(from),
          receivedTo: to === undefined ? undefined : new Date(to),
        },
        { after, limit: limit + 1 },
      ),
    );
    return pageOf(events, limit, convertEvent, (last) => encodeCursor(secret, context, last.position));
  }
}

function convertEvent(event: ListedEvent): ListedEventBody {
  return {
    id: event.id,
    source: event.source,
    type: event.type,
    subject: event.subject,
    time: event.time?.toISOString() ?? null,
    data: event.data ?? null,
    received_at: event.receivedAt.toISOString(),
    verdict: event.verdict,
    times: event.times,
    customer: event.customer,
    meters: [...event.meters],
    meters_without_value: [...event.metersWithoutValue],
    voided_by: event.voidedBy,
    added_by: event.addedBy,
    folded: event.folded,
    code: event.code,
    message: event.message,
    errors: event.errors.map((error) => ({ ...error })),
  };
}
