import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CSV_CONTENT_TYPE } from '@tallymark/provider-contracts';
import { ApiProblems, CurrentPrincipal, Etagged, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { chooseFormat } from '../tables/choose-format.js';
import { nextPageLink } from '../tables/next-page-link.js';
import { usageToCsv } from './convert.js';
import { type UsageBody, type UsageQuery, usageQuery, usageSchema } from './schemas.js';
import { UsageService } from './usage.service.js';

@ApiTags('Usage')
@ApiBearerAuth('bearer')
@Controller('platform/v1/usage')
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  @Get()
  @Requires('usage:read')
  @Etagged()
  @ApiOperation({
    summary: 'Read usage',
    description:
      'Of one meter, by windows of the calendar in any zone and by dimensions; exact at any bound, with a row for windows in which nothing was used. As JSON, or as CSV with a Link header to the next page.',
  })
  @ApiOkResponse({ description: 'Usage', standardSchema: usageSchema })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found')
  async read(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: usageQuery }) query: UsageQuery,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UsageBody | string> {
    const usage = await this.usage.read(principal, query);
    void reply.header('vary', 'Accept');
    if (chooseFormat(query.format, accept) === 'json') return usage;
    void reply.header('content-type', CSV_CONTENT_TYPE);
    if (usage.next_cursor !== null) void reply.header('link', nextPageLink(request.url, usage.next_cursor));
    return usageToCsv(usage, [...new Set(query.group_by?.split(',') ?? [])]);
  }
}
