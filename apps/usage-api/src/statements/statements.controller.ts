import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Etagged, type Page, type Principal, Requires } from '@tallymark/service-kit';
import { reference } from '../catalogue/fields.js';
import { type StatementBody, type StatementQuery, statementPage, statementQuery, statementSchema } from './schemas.js';
import { StatementsService } from './statements.service.js';

@ApiTags('Statements')
@Requires('usage:read')
@Controller('platform/v1')
export class StatementsController {
  constructor(private readonly statements: StatementsService) {}

  @Get('statements')
  @ApiOperation({
    summary: 'List statements',
    description: 'What subscriptions used and owe, a billing period each. Newest period first. A customer’s credential sees its own.',
  })
  @ApiOkResponse({ standardSchema: statementPage, description: 'A page' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: statementQuery }) query: StatementQuery,
  ): Promise<Page<StatementBody>> {
    return this.statements.list(principal, query);
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
