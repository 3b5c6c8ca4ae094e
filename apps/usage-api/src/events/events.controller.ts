import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, type Page, type Principal, Requires } from '@tallymark/service-kit';
import { EventsService } from './events.service.js';
import { type EventsQuery, type ListedEventBody, eventsQuery, listedEventPage } from './schemas.js';

@ApiTags('Events')
@ApiBearerAuth('bearer')
@Controller('platform/v1/events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Get()
  @Requires('events:read')
  @ApiOperation({
    summary: 'List what came in',
    description:
      'Newest first: each event with its verdict, the customer it is billed to and the meters that take it. Events are sent to the same path with POST.',
  })
  @ApiOkResponse({ description: 'A page of events', standardSchema: listedEventPage })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden')
  async list(@CurrentPrincipal() principal: Principal, @Query({ schema: eventsQuery }) query: EventsQuery): Promise<Page<ListedEventBody>> {
    return this.events.list(principal, query);
  }
}
