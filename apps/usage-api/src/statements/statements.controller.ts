import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Etagged, type Page, type Principal, Requires } from '@tallymark/service-kit';
import { reference } from '../catalogue/fields.js';
import {
  type StatementBody,
  type StatementQuery,
  type StatementVersionsBody,
  statementPage,
  statementQuery,
  statementSchema,
  statementVersions,
} from './schemas.js';
import { StatementsService } from './statements.service.js';

@ApiTags('Statements')
@Requires('usage:read')
@Controller('platform/v1')
export class StatementsController {
  constructor(private readonly statements: StatementsService) {}

  @Get('statements')
  @ApiOperation({
    summary: 'List statements',
    description:
      'What subscriptions used and owe, a billing period each, or the part of one that one plan version covers. Newest period first. A customer’s credential sees its own.',
  })
  @ApiOkResponse({ standardSchema: statementPage, description: 'A page' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: statementQuery }) query: StatementQuery,
  ): Promise<Page<StatementBody>> {
    return this.statements.list(principal, query);
  }

  @Get('statements/:statement')
  @Etagged()
  @ApiOperation({ summary: 'Read a statement' })
  @ApiOkResponse({ standardSchema: statementSchema, description: 'The statement' })
  @ApiProblems('unauthenticated', 'forbidden', 'not_found')
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param('statement', { schema: reference }) statement: string,
  ): Promise<StatementBody> {
    return this.statements.get(principal, statement);
  }

  @Get('statements/:statement/versions')
  @ApiOperation({
    summary: 'List what a statement said while it was open',
    description:
      'Newest first: what it says now, then what it said at the end of each earlier UTC day on which it changed, for as long as events are kept.',
  })
  @ApiOkResponse({ standardSchema: statementVersions, description: 'The versions' })
  @ApiProblems('unauthenticated', 'forbidden', 'not_found')
  async listVersions(
    @CurrentPrincipal() principal: Principal,
    @Param('statement', { schema: reference }) statement: string,
  ): Promise<StatementVersionsBody> {
    return this.statements.listVersions(principal, statement);
  }

  @Get('subscriptions/:subscription/statement')
  @Etagged()
  @ApiOperation({
    summary: 'Read the current statement of a subscription',
    description:
      'Of the billing period that runs now, or of its last one when the subscription has ended. It is made within a second after the subscription is.',
  })
  @ApiOkResponse({ standardSchema: statementSchema, description: 'The statement' })
  @ApiProblems('unauthenticated', 'forbidden', 'not_found')
  async getCurrent(
    @CurrentPrincipal() principal: Principal,
    @Param('subscription', { schema: reference }) subscription: string,
  ): Promise<StatementBody> {
    return this.statements.getCurrent(principal, subscription);
  }
}
