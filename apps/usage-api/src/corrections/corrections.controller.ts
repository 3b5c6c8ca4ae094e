import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, type Page, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { reference } from '../catalogue/fields.js';
import { correctionText } from './body-text.js';
import { LIMITS_TEXT } from './check-correction.js';
import { type CorrectionAnswer, CorrectionsService } from './corrections.service.js';
import {
  type CorrectionBody,
  type CorrectionsQuery,
  type CreateCorrection,
  type RevertCorrection,
  correctionPage,
  correctionSchema,
  correctionsQuery,
  createCorrectionBody,
  revertBody,
} from './schemas.js';
import { waitPreferenceMs } from './wait-preference.js';

const PREFER = {
  name: 'Prefer',
  required: false,
  description: '`wait=<seconds>` (RFC 7240): how long the answer waits for the work, 10 at most and by default; then it is 202',
};

@ApiTags('Corrections')
@ApiBearerAuth('bearer')
@Controller('platform/v1/corrections')
export class CorrectionsController {
  constructor(private readonly corrections: CorrectionsService) {}

  @Post()
  @Requires('corrections:write')
  @ApiHeader(PREFER)
  @ApiOperation({
    summary: 'Correct events, or try to',
    description:
      'Amend an event, void it, or replace the events of a window by given ones, on the record with who, when and why. A dry run says what it would change ' +
      `on every statement. Closed statements stay as they are; what they lack becomes an adjustment on the open one. ${LIMITS_TEXT}`,
  })
  @ApiCreatedResponse({ standardSchema: correctionSchema, description: 'Applied, or tried' })
  @ApiOkResponse({ standardSchema: correctionSchema, description: 'It was there already, with the same content' })
  @ApiAcceptedResponse({ standardSchema: correctionSchema, description: 'Still under way: ask for it by its id' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'conflict', 'payload_too_large', 'unprocessable')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: createCorrectionBody }) body: CreateCorrection,
    @Headers('prefer') prefer: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CorrectionBody> {
    const answer = await this.corrections.create(principal, body, correctionText(request), waitPreferenceMs(prefer));
    return send(reply, answer);
  }

  @Get()
  @Requires('events:read')
  @ApiOperation({ summary: 'List corrections', description: 'Oldest first; of all or of one status.' })
  @ApiOkResponse({ standardSchema: correctionPage, description: 'A page' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: correctionsQuery }) query: CorrectionsQuery,
  ): Promise<Page<CorrectionBody>> {
    return this.corrections.list(principal, query);
  }

  @Get(':correction')
  @Requires('events:read')
  @ApiOperation({ summary: 'Read a correction', description: 'By id or external id.' })
  @ApiOkResponse({ standardSchema: correctionSchema, description: 'The correction' })
  @ApiProblems('unauthenticated', 'forbidden', 'not_found')
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param('correction', { schema: reference }) correction: string,
  ): Promise<CorrectionBody> {
    return this.corrections.get(principal, correction);
  }

  @Post(':correction/apply')
  @HttpCode(200)
  @Requires('corrections:write')
  @ApiHeader(PREFER)
  @ApiOperation({
    summary: 'Apply a proposed correction',
    description: 'Repeatable. Refused when the events that it takes out are others than at its dry run.',
  })
  @ApiOkResponse({ standardSchema: correctionSchema, description: 'Applied' })
  @ApiAcceptedResponse({ standardSchema: correctionSchema, description: 'Still under way' })
  @ApiProblems('unauthenticated', 'forbidden', 'not_found', 'conflict')
  async apply(
    @CurrentPrincipal() principal: Principal,
    @Param('correction', { schema: reference }) correction: string,
    @Headers('prefer') prefer: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CorrectionBody> {
    return send(reply, await this.corrections.apply(principal, correction, waitPreferenceMs(prefer)));
  }

  @Post(':correction/revert')
  @HttpCode(200)
  @Requires('corrections:write')
  @ApiHeader(PREFER)
  @ApiOperation({
    summary: 'Take a correction back',
    description: 'All usage is as if it had never been. Repeatable. Refused, with its id, while a later correction builds on this one.',
  })
  @ApiOkResponse({ standardSchema: correctionSchema, description: 'Reverted' })
  @ApiAcceptedResponse({ standardSchema: correctionSchema, description: 'Still under way' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found', 'conflict')
  async revert(
    @CurrentPrincipal() principal: Principal,
    @Param('correction', { schema: reference }) correction: string,
    @Body({ schema: revertBody }) body: RevertCorrection,
    @Headers('prefer') prefer: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CorrectionBody> {
    return send(reply, await this.corrections.revert(principal, correction, body.reason, waitPreferenceMs(prefer)));
  }
}

function send(reply: FastifyReply, { isNew, isDone, entity }: CorrectionAnswer): CorrectionBody {
  void reply.code(isDone ? (isNew ? 201 : 200) : 202);
  if (isNew || !isDone) void reply.header('location', `/platform/v1/corrections/${entity.id}`);
  return entity;
}
