import { Controller, Get, Query, Res } from '@nestjs/common';
import { LAGO_USAGE_PATH, type LagoUsages, type RawQuery, lagoOpenApi, renderLagoUsages } from '@tallymark/provider-contracts';
import { CurrentPrincipal, Etagged, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { DescribeContract } from '../describe-contract.js';
import { LagoService } from './lago.service.js';

@Controller()
export class LagoController {
  constructor(private readonly usage: LagoService) {}

  @Get(LAGO_USAGE_PATH)
  @Requires('analytic:read')
  @Etagged()
  @DescribeContract(lagoOpenApi, LAGO_USAGE_PATH, 'Usage of the meters that a subscription’s plan prices; dates are UTC.')
  async read(
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LagoUsages> {
    const { rows, asOf } = await this.usage.read(principal, query);
    void reply.header('tallymark-as-of', asOf.toISOString());
    return renderLagoUsages(rows);
  }
}
