import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  type ApiBodyOptions,
  ApiConsumes,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { DomainError } from '@tallymark/domain';
import {
  EVENT_CONTENT_TYPES,
  cloudEventSchema,
  eventsResponseSchema,
  openmeterDetails,
  renderEventsResponse,
} from '@tallymark/provider-contracts';
import { CurrentPrincipal, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { bodyText } from './event-body.js';
import { EventsService } from './events.service.js';
import type { EventRequest } from './read-events.js';

/** The body is read by us, not by Nest, so the document is told of its schema here. */
const EVENT_BODY: ApiBodyOptions = {
  schema: z.toJSONSchema(cloudEventSchema, { io: 'input', unrepresentable: 'any' }) as SchemaObject,
  examples: {
    'an API call': {
      value: {
        specversion: '1.0',
        id: 'call-1',
        source: '/gateway',
        type: 'api.request',
        subject: 'web-co',
        data: { method: 'GET', path: '/v1/things', status: 200, bytes: 512 },
      },
    },
  },
};
type SchemaObject = NonNullable<Extract<ApiBodyOptions, { schema: unknown }>['schema']>;

@ApiTags('Events')
@ApiBearerAuth('bearer')
@Controller()
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Post('platform/v1/events')
  @HttpCode(200)
  @Requires('events:write')
  @ApiOperation({
    summary: 'Send events',
    description:
      'CloudEvents 1.0 as JSON: one, an array of up to 1,000, or one in binary mode; gzip is read. The answer comes after the commit, with a verdict for each ' +
      'event in order: stored, duplicate (kept already, the same), conflict (kept already, with other content; the kept one stays) or rejected. ' +
      'Sending the same event again is always safe. Status 200 when at least one event is not rejected, 400 when all are.',
  })
  @ApiConsumes(...EVENT_CONTENT_TYPES)
  @ApiBody(EVENT_BODY)
  @ApiOkResponse({ description: 'A verdict for each event', standardSchema: eventsResponseSchema })
  async send(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest): Promise<unknown> {
    const outcomes = await this.events.accept(principal, eventRequest(request));
    if (outcomes.every((outcome) => outcome.verdict === 'rejected')) {
      const details = openmeterDetails(
        outcomes.map((outcome) => ({ index: outcomes.length > 1 ? outcome.index : null, errors: outcome.errors ?? [] })),
      );
      throw new DomainError(outcomes[0]!.code ?? 'invalid_event', outcomes[0]!.message ?? 'every event was rejected', { details });
    }
    return renderEventsResponse(outcomes);
  }

  @Post('api/v1/events')
  @Requires('events:write')
  @ApiOperation({
    summary: 'Send events as the OpenMeter client does',
    description:
      'All events of the request are kept, or none: an error tells of every one that is wrong. Duplicates are not counted again.',
  })
  @ApiConsumes(...EVENT_CONTENT_TYPES)
  @ApiBody(EVENT_BODY)
  @ApiNoContentResponse({ description: 'Kept' })
  async sendAll(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.events.acceptAll(principal, eventRequest(request));
    await reply.status(204).send();
  }
}

function eventRequest(request: FastifyRequest): EventRequest {
  return { contentType: request.headers['content-type'], headers: request.headers, body: bodyText(request) };
}
