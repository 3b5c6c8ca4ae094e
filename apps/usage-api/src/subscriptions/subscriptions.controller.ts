import { Body, Controller, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Etagged, type Page, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { reference } from '../catalogue/fields.js';
import { IfMatchHeader } from '../catalogue/if-match-header.js';
import { sendCreated } from '../catalogue/send-created.js';
import {
  type ChangeSubscription,
  type CreateSubscription,
  type SubscriptionBody,
  type SubscriptionQuery,
  type TerminateSubscription,
  type UpdateSubscription,
  changeSubscriptionBody,
  createSubscriptionBody,
  subscriptionPage,
  subscriptionQuery,
  subscriptionSchema,
  terminateSubscriptionBody,
  updateSubscriptionBody,
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

  @Patch(':subscription')
  @Requires('catalogue:write')
  @Etagged()
  @IfMatchHeader()
  @ApiOperation({
    summary: 'Change the time zone of a subscription',
    description:
      'From the end of the current billing period on. The first period in the new zone ends at the boundary there that is nearest to one interval later: ' +
      'some hours longer or shorter than others, and charged as a whole one. Repeatable; until then another change, or one back, replaces it.',
  })
  @ApiOkResponse({ standardSchema: subscriptionSchema, description: 'The subscription' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found', 'precondition_failed', 'unprocessable')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('subscription', { schema: reference }) subscription: string,
    @Body({ schema: updateSubscriptionBody }) body: UpdateSubscription,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<SubscriptionBody> {
    return this.subscriptions.update(principal, subscription, body, ifMatch);
  }

  @Post(':subscription/change')
  @HttpCode(200)
  @Requires('catalogue:write')
  @Etagged()
  @IfMatchHeader()
  @ApiOperation({
    summary: 'Change the plan of a subscription',
    description:
      'To a plan version of the same currency and interval. Inside a billing period it splits the period’s statement in two, each priced by its own version, ' +
      'their base amounts in proportion to time. Repeatable; another change at the same instant, or one back, replaces it. Changes at other instants stay.',
  })
  @ApiOkResponse({ standardSchema: subscriptionSchema, description: 'The subscription' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found', 'precondition_failed', 'unprocessable')
  async change(
    @CurrentPrincipal() principal: Principal,
    @Param('subscription', { schema: reference }) subscription: string,
    @Body({ schema: changeSubscriptionBody }) body: ChangeSubscription,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<SubscriptionBody> {
    return this.subscriptions.change(principal, subscription, body, ifMatch);
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
