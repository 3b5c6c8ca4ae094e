import { Controller, Get, Query, Res } from '@nestjs/common';
import {
  BILLING_USAGE_PATH,
  type BillingUsageResponse,
  type RawQuery,
  billingUsageOpenApi,
  renderBillingUsage,
} from '@tallymark/provider-contracts';
import { CurrentPrincipal, Etagged, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { DescribeContract } from '../describe-contract.js';
import { BillingUsageService } from './billing-usage.service.js';

@Controller()
export class BillingUsageController {
  constructor(private readonly usage: BillingUsageService) {}

  @Get(BILLING_USAGE_PATH)
  @Requires('usage:read')
  @Etagged()
  @DescribeContract(billingUsageOpenApi, BILLING_USAGE_PATH)
  async read(
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BillingUsageResponse> {
    const usage = await this.usage.read(principal, query);
    void reply.header('tallymark-as-of', usage.asOf.toISOString());
    return renderBillingUsage(usage);
  }
}
