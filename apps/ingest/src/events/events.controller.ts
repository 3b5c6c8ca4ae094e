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
import {
  API_REQUEST_EVENT,
  EVENT_CONTENT_TYPES,
  cloudEventSchema,
  eventsResponseSchema,
  lagoEventErrors,
  lagoEventsOpenApi,
  LAGO_EVENTS_BATCH_PATH,
  OPENMETER_EVENTS_PATH,
  openmeterErrors,
  renderLagoEvent,
  renderLagoEvents,
} from '@tallymark/provider-contracts';
import { CurrentPrincipal, type Principal, Requires, speakErrorsOf } from '@tallymark/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { answerEvents, EVENTS_PATH, SENDING_SCOPES } from './answer-events.js';
import { bodyText } from './event-body.js';
import { EventsService } from './events.service.js';
import { readLagoBatch, readLagoBody } from './lago-dialect.js';
import { LagoEventsService } from './lago-events.service.js';
import type { EventRequest } from './read-events.js';

/** The body is read by us, not by Nest, so the document is told of its schema here. */
const EVENT_BODY = {
  schema: describeCloudEvent(),
  examples: {
    'an API call': {
      value: {
        specversion: '1.0',
        id: 'call-1',
        source: '/gateway',
        type: API_REQUEST_EVENT,
        subject: 'web-co',
        data: { method: 'GET', path: '/v1/things', status: 200, bytes: 512 },
      },
    },
  },
};
type SchemaObject = NonNullable<Extract<ApiBodyOptions, { schema: unknown }>['schema']>;

/** The schema itself: zod puts one that has a name beside a reference, which leads nowhere from within an OpenAPI document. */
function describeCloudEvent(): SchemaObject {
  const { $ref: reference = '', $defs: named = {} } = z.toJSONSchema(cloudEventSchema, { io: 'input', unrepresentable: 'any' });
  return named[reference.split('/').at(-1) ?? ''] as SchemaObject;
}

type LagoSchema = 'LagoEventBody' | 'LagoEventBatch' | 'LagoEventAnswer' | 'LagoEventBatchAnswer';

function lagoSchema(name: LagoSchema): SchemaObject {
  return lagoEventsOpenApi.components.schemas[name] as SchemaObject;
}

function lagoExample(name: LagoSchema): { value: unknown } {
  return { value: (lagoSchema(name) as { examples: unknown[] }).examples[0] };
}

@ApiTags('Events')
@ApiBearerAuth('bearer')
@Controller()
export class EventsController {
  constructor(
    private readonly events: EventsService,
    private readonly lagoEvents: LagoEventsService,
  ) {}

  @Post(EVENTS_PATH)
  @HttpCode(200)
  @Requires(...SENDING_SCOPES)
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
    return answerEvents(await this.events.accept(principal, eventRequest(request)));
  }

  @Post(OPENMETER_EVENTS_PATH)
  @HttpCode(200)
  @Requires('events:write')
  @ApiOperation({
    summary: 'Send events as the OpenMeter or the Lago client does',
    description:
      'The body tells which. CloudEvents, as OpenMeter sends them: all are kept, or none, and an error tells of every one that is wrong; duplicates are not ' +
      'counted again. An object with the member event is Lago’s: it is answered with the event, and a duplicate with 422 `value_already_exist`.',
  })
  @ApiConsumes(...EVENT_CONTENT_TYPES)
  @ApiBody({
    schema: { anyOf: [EVENT_BODY.schema, lagoSchema('LagoEventBody')] },
    examples: { ...EVENT_BODY.examples, 'an API call, as Lago writes it': lagoExample('LagoEventBody') },
  })
  @ApiOkResponse({ description: 'The event, kept (Lago)', schema: lagoSchema('LagoEventAnswer') })
  @ApiNoContentResponse({ description: 'Kept (OpenMeter)' })
  async sendAll(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const received = eventRequest(request);
    const lago = readLagoBody(received);
    speakErrorsOf(lago === null ? openmeterErrors : lagoEventErrors, request);
    if (lago !== null) {
      const { outcomes, receivedAt } = await this.lagoEvents.accept(principal, lago);
      const isBatch = 'events' in (lago.value as object);
      const [first] = outcomes;
      await reply.send(
        isBatch || first === undefined ? renderLagoEvents(outcomes, receivedAt) : renderLagoEvent(first.event, first.verdict, receivedAt),
      );
      return;
    }
    await this.events.acceptAll(principal, received);
    await reply.status(204).send();
  }

  @Post(LAGO_EVENTS_BATCH_PATH)
  @HttpCode(200)
  @Requires('events:write')
  @ApiOperation({
    summary: 'Send a batch of events as the Lago client does',
    description:
      'Up to 100. Nothing is kept of a batch with an event that is invalid, or that is in it twice. Of one with events that were kept before, the others ' +
      'are kept, and the answer is 422 with the index of each duplicate.',
  })
  @ApiConsumes('application/json')
  @ApiBody({ schema: lagoSchema('LagoEventBatch'), examples: { 'an API call': lagoExample('LagoEventBatch') } })
  @ApiOkResponse({ description: 'The events, kept', schema: lagoSchema('LagoEventBatchAnswer') })
  async sendLagoBatch(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest): Promise<unknown> {
    const { outcomes, receivedAt } = await this.lagoEvents.accept(principal, readLagoBatch(eventRequest(request)));
    return renderLagoEvents(outcomes, receivedAt);
  }
}

function eventRequest(request: FastifyRequest): EventRequest {
  return { contentType: request.headers['content-type'], headers: request.headers, body: bodyText(request) };
}
