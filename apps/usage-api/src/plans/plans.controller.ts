import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Etagged, type Page, type Pagination, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { listQuery, reference } from '../catalogue/fields.js';
import { sendCreated } from '../catalogue/send-created.js';
import { PlansService } from './plans.service.js';
import {
  type CreatePlan,
  type CreatePlanVersion,
  type PlanBody,
  createPlanBody,
  createPlanVersionBody,
  planPage,
  planSchema,
  versionNumber,
} from './schemas.js';

@ApiTags('Plans')
@Controller('platform/v1/plans')
export class PlansController {
  constructor(private readonly plans: PlansService) {}

  @Post()
  @Requires('catalogue:write')
  @ApiOperation({
    summary: 'Create a plan with its version 1',
    description: 'Repeatable: the same code with the content of version 1 answers 200. Other prices make a new version.',
  })
  @ApiCreatedResponse({ standardSchema: planSchema, description: 'Created' })
  @ApiOkResponse({ standardSchema: planSchema, description: 'It was there already, with the same content' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'conflict', 'unprocessable')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: createPlanBody }) body: CreatePlan,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PlanBody> {
    return sendCreated(reply, await this.plans.create(principal, body), (entity) => `/platform/v1/plans/${entity.code}`);
  }

  @Get()
  @Requires('catalogue:read')
  @ApiOperation({ summary: 'List plans', description: 'Each with its current version. Oldest first.' })
  @ApiOkResponse({ standardSchema: planPage, description: 'A page' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden')
  async list(@CurrentPrincipal() principal: Principal, @Query({ schema: listQuery }) query: Pagination): Promise<Page<PlanBody>> {
    return this.plans.list(principal, query);
  }

  @Get(':plan')
  @Requires('catalogue:read')
  @Etagged()
  @ApiOperation({ summary: 'Read a plan', description: 'By code or id, with its current version.' })
  @ApiOkResponse({ standardSchema: planSchema, description: 'The plan' })
  @ApiProblems('unauthenticated', 'forbidden', 'not_found')
  async get(@CurrentPrincipal() principal: Principal, @Param('plan', { schema: reference }) plan: string): Promise<PlanBody> {
    return this.plans.get(principal, plan);
  }

  @Post(':plan/versions')
  @Requires('catalogue:write')
  @ApiOperation({
    summary: 'Add the next version of a plan',
    description: 'Subscriptions stay on the version they have. The terms of the current version again answer 200 and make none.',
  })
  @ApiCreatedResponse({ standardSchema: planSchema, description: 'Created' })
  @ApiOkResponse({ standardSchema: planSchema, description: 'The current version has these terms already' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found', 'unprocessable')
  async createVersion(
    @CurrentPrincipal() principal: Principal,
    @Param('plan', { schema: reference }) plan: string,
    @Body({ schema: createPlanVersionBody }) body: CreatePlanVersion,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PlanBody> {
    const result = await this.plans.createVersion(principal, plan, body);
    return sendCreated(reply, result, (entity) => `/platform/v1/plans/${entity.code}/versions/${entity.version}`);
  }

  @Get(':plan/versions')
  @Requires('catalogue:read')
  @ApiOperation({ summary: 'List the versions of a plan', description: 'Oldest first.' })
  @ApiOkResponse({ standardSchema: planPage, description: 'A page' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found')
  async listVersions(
    @CurrentPrincipal() principal: Principal,
    @Param('plan', { schema: reference }) plan: string,
    @Query({ schema: listQuery }) query: Pagination,
  ): Promise<Page<PlanBody>> {
    return this.plans.listVersions(principal, plan, query);
  }

  @Get(':plan/versions/:version')
  @Requires('catalogue:read')
  @Etagged()
  @ApiOperation({ summary: 'Read a version of a plan' })
  @ApiOkResponse({ standardSchema: planSchema, description: 'The plan' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found')
  async getVersion(
    @CurrentPrincipal() principal: Principal,
    @Param('plan', { schema: reference }) plan: string,
    @Param('version', { schema: versionNumber }) version: number,
  ): Promise<PlanBody> {
    return this.plans.get(principal, plan, version);
  }
}
