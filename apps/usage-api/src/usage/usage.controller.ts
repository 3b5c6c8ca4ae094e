import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Etagged, type Principal, Requires } from '@tallymark/service-kit';
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
      'Of one meter, by windows of the calendar in any zone and by dimensions; exact at any bound, with a row for windows in which nothing was used.',
  })
  @ApiOkResponse({ description: 'Usage', standardSchema: usageSchema })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found')
  async read(@CurrentPrincipal() principal: Principal, @Query({ schema: usageQuery }) query: UsageQuery): Promise<UsageBody> {
    return this.usage.read(principal, query);
  }
}
