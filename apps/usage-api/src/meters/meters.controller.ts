import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Etagged, type Page, type Pagination, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { listQuery, reference } from '../catalogue/fields.js';
import { IfMatchHeader } from '../catalogue/if-match-header.js';
import { sendCreated } from '../catalogue/send-created.js';
import { MetersService } from './meters.service.js';
import { type CreateMeter, type MeterBody, type UpdateMeter, createMeterBody, meterPage, meterSchema, updateMeterBody } from './schemas.js';

@ApiTags('Meters')
@Controller('platform/v1/meters')
export class MetersController {
  constructor(private readonly meters: MetersService) {}

  @Post()
  @Requires('catalogue:write')
  @ApiOperation({
    summary: 'Create a meter',
    description:
      'It counts the events that are kept already too, in the background: `status` and `progress` tell how far that is. Repeatable: the same code with the same content answers 200.',
  })
  @ApiCreatedResponse({ standardSchema: meterSchema, description: 'Created' })
  @ApiOkResponse({ standardSchema: meterSchema, description: 'It was there already, with the same content' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'conflict')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: createMeterBody }) body: CreateMeter,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MeterBody> {
    return sendCreated(reply, await this.meters.create(principal, body), (entity) => `/platform/v1/meters/${entity.id}`);
  }

  @Get()
  @Requires('catalogue:read')
  @ApiOperation({ summary: 'List meters', description: 'Oldest first.' })
  @ApiOkResponse({ standardSchema: meterPage, description: 'A page' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden')
  async list(@CurrentPrincipal() principal: Principal, @Query({ schema: listQuery }) query: Pagination): Promise<Page<MeterBody>> {
    return this.meters.list(principal, query);
  }

  @Get(':meter')
  @Requires('catalogue:read')
  @Etagged()
  @ApiOperation({ summary: 'Read a meter', description: 'By id or code.' })
  @ApiOkResponse({ standardSchema: meterSchema, description: 'The meter' })
  @ApiProblems('unauthenticated', 'forbidden', 'not_found')
  async get(@CurrentPrincipal() principal: Principal, @Param('meter', { schema: reference }) meter: string): Promise<MeterBody> {
    return this.meters.get(principal, meter);
  }

  @Patch(':meter')
  @Requires('catalogue:write')
  @Etagged()
  @IfMatchHeader()
  @ApiOperation({
    summary: 'Change a meter',
    description:
      'Name, unit and rounding change at once. A change of what it measures puts a new meter in its place, with an id of its own and the same code, so that plans follow: the kept events are counted anew in the background, and `status` and `progress` tell how far that is.',
  })
  @ApiOkResponse({ standardSchema: meterSchema, description: 'The meter' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found', 'precondition_failed')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('meter', { schema: reference }) meter: string,
    @Body({ schema: updateMeterBody }) body: UpdateMeter,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<MeterBody> {
    return this.meters.update(principal, meter, body, ifMatch);
  }

  @Delete(':meter')
  @HttpCode(204)
  @Requires('catalogue:write')
  @IfMatchHeader()
  @ApiOperation({
    summary: 'Delete a meter',
    description: 'Refused while a running subscription is priced by it. Its code is free afterwards; no event is lost.',
  })
  @ApiNoContentResponse({ description: 'Deleted' })
  @ApiProblems('unauthenticated', 'forbidden', 'not_found', 'conflict', 'precondition_failed')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @Param('meter', { schema: reference }) meter: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.meters.delete(principal, meter, ifMatch);
  }
}
