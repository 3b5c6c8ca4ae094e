import { Readable } from 'node:stream';
import { Controller, Get, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CSV_CONTENT_TYPE, JSON_LINES_CONTENT_TYPE } from '@tallymark/provider-contracts';
import { ApiProblems, CurrentPrincipal, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { ExportsService } from './exports.service.js';
import { type FocusQuery, focusQuery } from './schemas.js';

const TEXT = { schema: { type: 'string' } } as const;

@ApiTags('Exports')
@ApiBearerAuth('bearer')
@Controller('platform/v1/exports')
export class ExportsController {
  constructor(private readonly exports: ExportsService) {}

  @Get('focus')
  @Requires('usage:read')
  @ApiOperation({
    summary: 'Export statements and usage as FOCUS 1.2',
    description:
      'The FinOps Open Cost and Usage Specification, as CSV or JSON Lines: a row per tier of every charge, the base amount, and corrections of closed statements. The billed cost of a statement’s rows (`InvoiceId`) sums to its total. Oldest period first. A customer’s credential exports its own.',
  })
  @ApiOkResponse({ description: 'The file, as long as it is', content: { 'text/csv': TEXT, 'application/jsonl': TEXT } })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found')
  async exportFocus(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: focusQuery }) query: FocusQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const pieces = await this.exports.exportFocus(principal, query);
    void reply.header('cache-control', 'private, no-store');
    return new StreamableFile(Readable.from(pieces, { objectMode: false }), {
      type: query.format === 'csv' ? CSV_CONTENT_TYPE : JSON_LINES_CONTENT_TYPE,
      disposition: `attachment; filename="focus-${query.what}-${query.from.slice(0, 10)}-${query.to.slice(0, 10)}.${query.format}"`,
    });
  }
}
