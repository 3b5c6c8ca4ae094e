import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  type BillingUsageResponse,
  billingErrorSchema,
  billingUsageResponseSchema,
  renderBillingUsage,
} from '@tallymark/provider-contracts';
import { CurrentPrincipal, Etagged, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { BillingUsageService } from './billing-usage.service.js';

@ApiTags('Contracts')
@ApiBearerAuth('bearer')
@Controller()
export class BillingUsageController {
  constructor(private readonly usage: BillingUsageService) {}

  @Get('api/billing/usage')
  @Requires('usage:read')
  @Etagged()
  @ApiOperation({
    summary: 'Billing usage: what a customer used of its plan, and what it costs',
    description: 'For the customer of the session token or customer key. Without dates: the current billing period.',
  })
  @ApiQuery({
    name: 'startDate',
    required: false,
    description: 'ISO 8601 date, or date-time with offset; inclusive',
    example: '2026-11-01',
  })
  @ApiQuery({ name: 'endDate', required: false, description: 'ISO 8601 date, inclusive, or date-time with offset', example: '2026-11-30' })
  @ApiQuery({
    name: 'metrics',
    required: false,
    description: 'Comma-separated metric ids, such as api_calls or apiCalls',
    example: 'api_calls,storage',
  })
  @ApiOkResponse({
    description: 'Usage of each metric, the estimated cost and the projected usage',
    standardSchema: billingUsageResponseSchema,
  })
  @ApiResponse({ status: 400, description: 'A bad date range or metric', standardSchema: billingErrorSchema })
  @ApiResponse({ status: 401, description: 'No valid session token', standardSchema: billingErrorSchema })
  async read(
    @CurrentPrincipal() principal: Principal,
    @Query() query: Record<string, string | string[]>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BillingUsageResponse> {
    const usage = await this.usage.read(principal, query);
    void reply.header('tallymark-as-of', usage.asOf.toISOString());
    return renderBillingUsage(usage);
  }
}
