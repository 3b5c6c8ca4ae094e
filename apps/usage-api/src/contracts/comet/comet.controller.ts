import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiExcludeEndpoint } from '@nestjs/swagger';
import { COMET_USAGE_PATHS, type CometUsage, type RawQuery, cometOpenApi, renderCometUsage } from '@tallymark/provider-contracts';
import { CurrentPrincipal, Etagged, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { DescribeContract } from '../describe-contract.js';
import { CometService } from './comet.service.js';

const [PATH, ...ALIASES] = COMET_USAGE_PATHS;

@Controller()
@Requires('usage:read')
@Etagged()
export class CometController {
  constructor(private readonly history: CometService) {}

  @Get(PATH)
  @DescribeContract(cometOpenApi, PATH, `Also at ${ALIASES.join(' and ')}.`)
  async read(
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CometUsage> {
    const { requests, asOf } = await this.history.read(principal, query);
    void reply.header('tallymark-as-of', asOf.toISOString());
    return renderCometUsage(requests);
  }

  /** Documented once, at the first path. */
  @Get(ALIASES)
  @ApiExcludeEndpoint()
  async readAlias(
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CometUsage> {
    return this.read(principal, query, reply);
  }
}
