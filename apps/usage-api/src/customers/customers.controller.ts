import { Body, Controller, Get, Headers, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Etagged, type Page, type Pagination, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { listQuery, reference } from '../catalogue/fields.js';
import { IfMatchHeader } from '../catalogue/if-match-header.js';
import { sendCreated } from '../catalogue/send-created.js';
import { CustomersService } from './customers.service.js';
import {
  type CreateCustomer,
  type CustomerBody,
  type UpdateCustomer,
  createCustomerBody,
  customerPage,
  customerSchema,
  updateCustomerBody,
} from './schemas.js';

@ApiTags('Customers')
@Controller('platform/v1/customers')
export class CustomersController {
  constructor(private readonly customers: CustomersService) {}

  @Post()
  @Requires('catalogue:write')
  @ApiOperation({ summary: 'Create a customer', description: 'Repeatable: the same external id with the same content answers 200.' })
  @ApiCreatedResponse({ standardSchema: customerSchema, description: 'Created' })
  @ApiOkResponse({ standardSchema: customerSchema, description: 'It was there already, with the same content' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'conflict')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: createCustomerBody }) body: CreateCustomer,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CustomerBody> {
    return sendCreated(reply, await this.customers.create(principal, body), (entity) => `/platform/v1/customers/${entity.id}`);
  }

  @Get()
  @Requires('catalogue:read')
  @ApiOperation({ summary: 'List customers', description: 'Oldest first.' })
  @ApiOkResponse({ standardSchema: customerPage, description: 'A page' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden')
  async list(@CurrentPrincipal() principal: Principal, @Query({ schema: listQuery }) query: Pagination): Promise<Page<CustomerBody>> {
    return this.customers.list(principal, query);
  }

  @Get(':customer')
  @Requires('catalogue:read')
  @Etagged()
  @ApiOperation({ summary: 'Read a customer', description: 'By id or external id.' })
  @ApiOkResponse({ standardSchema: customerSchema, description: 'The customer' })
  @ApiProblems('unauthenticated', 'forbidden', 'not_found')
  async get(@CurrentPrincipal() principal: Principal, @Param('customer', { schema: reference }) customer: string): Promise<CustomerBody> {
    return this.customers.get(principal, customer);
  }

  @Patch(':customer')
  @Requires('catalogue:write')
  @Etagged()
  @IfMatchHeader()
  @ApiOperation({
    summary: 'Change a customer',
    description: 'Other subjects are other usage: its statements are made anew. Subscriptions keep the time zone they have.',
  })
  @ApiOkResponse({ standardSchema: customerSchema, description: 'The customer' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found', 'conflict', 'precondition_failed')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('customer', { schema: reference }) customer: string,
    @Body({ schema: updateCustomerBody }) body: UpdateCustomer,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<CustomerBody> {
    return this.customers.update(principal, customer, body, ifMatch);
  }
}
