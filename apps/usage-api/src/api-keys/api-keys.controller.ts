import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Etagged, type Page, type Pagination, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { listQuery, reference } from '../catalogue/fields.js';
import { organizationOf } from '../catalogue/organization-of.js';
import { sendCreated } from '../catalogue/send-created.js';
import { ApiKeysService } from './api-keys.service.js';
import {
  type ApiKeyBody,
  type CreateApiKey,
  type CreatedApiKeyBody,
  apiKeyPage,
  apiKeySchema,
  createApiKeyBody,
  createdApiKeySchema,
} from './schemas.js';

@ApiTags('API keys')
@Requires('keys:admin')
@Controller('platform/v1/api-keys')
export class ApiKeysController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  @Post()
  @ApiOperation({
    summary: 'Create an API key',
    description: 'A key can give the scopes that it has itself. A key of one customer may have `projects:usage.read` and `usage:read`.',
  })
  @ApiCreatedResponse({ standardSchema: createdApiKeySchema, description: 'Created. `key` is shown this once' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'unprocessable')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: createApiKeyBody }) body: CreateApiKey,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CreatedApiKeyBody> {
    const entity = await this.apiKeys.create({ organizationId: organizationOf(principal), grantable: principal.scopes }, body);
    return sendCreated(reply, { isNew: true, entity }, (key) => `/platform/v1/api-keys/${key.id}`);
  }

  @Get()
  @ApiOperation({
    summary: 'List API keys',
    description: 'Oldest first, revoked and expired ones included. The keys themselves are never shown again.',
  })
  @ApiOkResponse({ standardSchema: apiKeyPage, description: 'A page' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden')
  async list(@CurrentPrincipal() principal: Principal, @Query({ schema: listQuery }) query: Pagination): Promise<Page<ApiKeyBody>> {
    return this.apiKeys.list(principal, query);
  }

  @Get(':id')
  @Etagged()
  @ApiOperation({ summary: 'Read an API key' })
  @ApiOkResponse({ standardSchema: apiKeySchema, description: 'The API key' })
  @ApiProblems('unauthenticated', 'forbidden', 'not_found')
  async get(@CurrentPrincipal() principal: Principal, @Param('id', { schema: reference }) id: string): Promise<ApiKeyBody> {
    return this.apiKeys.get(principal, id);
  }

  @Post(':id/revoke')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Revoke an API key',
    description: 'For good. It stops working within five seconds. Revoking it again changes nothing.',
  })
  @ApiOkResponse({ standardSchema: apiKeySchema, description: 'The API key' })
  @ApiProblems('unauthenticated', 'forbidden', 'not_found')
  async revoke(@CurrentPrincipal() principal: Principal, @Param('id', { schema: reference }) id: string): Promise<ApiKeyBody> {
    return this.apiKeys.revoke(principal, id);
  }
}
