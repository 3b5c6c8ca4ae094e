import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Etagged, type Page, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { reference } from '../catalogue/fields.js';
import { IfMatchHeader } from '../catalogue/if-match-header.js';
import { sendCreated } from '../catalogue/send-created.js';
import {
  type CreateSubscription,
  type SubscriptionBody,
  type SubscriptionQuery,
  type TerminateSubscription,
  createSubscriptionBody,
  subscriptionPage,
  subscriptionQuery,
  subscriptionSchema,
  terminateSubscriptionBody,
} from './schemas.js';
import { SubscriptionsService } from './subscriptions.service.js';

@ApiTags('Subscriptions')
@Controller('platform/v1/subscriptions')
export class SubscriptionsController {
  constructor(private readonly subscriptions: SubscriptionsService) {}

  @Post()
  @Requires('catalogue:write')
  @ApiOperation({
    summary: 'Subscribe a customer to a plan',
    description: 'A customer may hold several subscriptions. Repeatable: the same external id with the same content answers 200.',
  })
  @ApiCreatedResponse({ standardSchema: subscriptionSchema, description: 'Created' })
  @ApiOkResponse({ standardSchema: subscriptionSchema, description: 'It was there already, with the same content' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'conflict', 'unprocessable')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: createSubscriptionBody }) body: CreateSubscription,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SubscriptionBody> {
    return sendCreated(reply, await this.subscriptions.create(principal, body), (entity) => `/platform/v1/subscriptions/${entity.id}`);
  }

  @Get()
  @Requires('catalogue:read')
  @ApiOperation({ summary: 'List subscriptions', description: 'Of all customers or of one. Oldest first.' })
  @ApiOkResponse({ standardSchema: subscriptionPage, description: 'A page' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: subscriptionQuery }) query: SubscriptionQuery,
  ): Promise<Page<SubscriptionBody>> {
    return this.subscriptions.list(principal, query);
  }

  @Get(':subscription')
  @Requires('catalogue:read')
  @Etagged()
  @ApiOperation({ summary: 'Read a subscription', description: 'By id or external id.' })
  @ApiOkResponse({ standardSchema: subscriptionSchema, description: 'The subscription' })
  @ApiProblems('unauthenticated', 'forbidden', 'not_found')
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param('subscription', { schema: reference }) subscription: string,
  ): Promise<SubscriptionBody> {
    return this.subscriptions.get(principal, subscription);
  }

  @Post(':subscription/terminate')
  @HttpCode(200)
  @Requires('catalogue:write')
  @Etagged()
  @IfMatchHeader()
  @ApiOperation({
    summary: 'End a subscription',
    description: 'Repeatable: the same end again changes nothing. An end that is set can’t be moved.',
  })
  @ApiOkResponse({ standardSchema: subscriptionSchema, description: 'The subscription' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found', 'conflict', 'precondition_failed', 'unprocessable')
  async terminate(
    @CurrentPrincipal() principal: Principal,
    @Param('subscription', { schema: reference }) subscription: string,
    @Body({ schema: terminateSubscriptionBody }) body: TerminateSubscription,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<SubscriptionBody> {
    return this.subscriptions.terminate(principal, subscription, body, ifMatch);
  }
}
