import { Body, Controller, Get, Headers, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Etagged, Operator, type Page, type Pagination, type Principal } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { type CreateApiKey, type CreatedApiKeyBody, createApiKeyBody, createdApiKeySchema } from '../api-keys/schemas.js';
import { listQuery, reference } from '../catalogue/fields.js';
import { IfMatchHeader } from '../catalogue/if-match-header.js';
import { sendCreated } from '../catalogue/send-created.js';
import { OrganizationsService } from './organizations.service.js';
import {
  type CreateOrganization,
  type OrganizationBody,
  type UpdateOrganization,
  createOrganizationBody,
  organizationPage,
  organizationSchema,
  updateOrganizationBody,
} from './schemas.js';

@ApiTags('Organizations')
@Operator()
@Controller('platform/v1/organizations')
export class OrganizationsController {
  constructor(
    private readonly organizations: OrganizationsService,
    private readonly apiKeys: ApiKeysService,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Create an organization',
    description: 'For the operator. Repeatable: the same external id with the same content answers 200.',
  })
  @ApiCreatedResponse({ standardSchema: organizationSchema, description: 'Created' })
  @ApiOkResponse({ standardSchema: organizationSchema, description: 'It was there already, with the same content' })
  @ApiProblems('invalid_request', 'unauthenticated', 'conflict')
  async create(
    @Body({ schema: createOrganizationBody }) body: CreateOrganization,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrganizationBody> {
    return sendCreated(reply, await this.organizations.create(body), (entity) => `/platform/v1/organizations/${entity.id}`);
  }

  @Get()
  @ApiOperation({ summary: 'List organizations', description: 'For the operator. Oldest first.' })
  @ApiOkResponse({ standardSchema: organizationPage, description: 'A page' })
  @ApiProblems('invalid_request', 'unauthenticated')
  async list(@CurrentPrincipal() principal: Principal, @Query({ schema: listQuery }) query: Pagination): Promise<Page<OrganizationBody>> {
    return this.organizations.list(principal, query);
  }

  @Get(':id')
  @Etagged()
  @ApiOperation({ summary: 'Read an organization', description: 'For the operator.' })
  @ApiOkResponse({ standardSchema: organizationSchema, description: 'The organization' })
  @ApiProblems('unauthenticated', 'not_found')
  async get(@Param('id', { schema: reference }) id: string): Promise<OrganizationBody> {
    return this.organizations.get(id);
  }

  @Patch(':id')
  @Etagged()
  @IfMatchHeader()
  @ApiOperation({ summary: 'Change an organization’s name or settings', description: 'For the operator.' })
  @ApiOkResponse({ standardSchema: organizationSchema, description: 'The organization' })
  @ApiProblems('invalid_request', 'unauthenticated', 'not_found', 'precondition_failed')
  async update(
    @Param('id', { schema: reference }) id: string,
    @Body({ schema: updateOrganizationBody }) body: UpdateOrganization,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<OrganizationBody> {
    return this.organizations.update(id, body, ifMatch);
  }

  @Post(':id/api-keys')
  @ApiOperation({
    summary: 'Create an API key for an organization',
    description: 'For the operator, who may give every scope: an organization’s first key is made so.',
  })
  @ApiCreatedResponse({ standardSchema: createdApiKeySchema, description: 'Created. `key` is shown this once' })
  @ApiProblems('invalid_request', 'unauthenticated', 'not_found', 'unprocessable')
  async createApiKey(
    @Param('id', { schema: reference }) id: string,
    @Body({ schema: createApiKeyBody }) body: CreateApiKey,
  ): Promise<CreatedApiKeyBody> {
    await this.organizations.get(id);
    return this.apiKeys.create({ organizationId: id, grantable: 'all' }, body);
  }
}
