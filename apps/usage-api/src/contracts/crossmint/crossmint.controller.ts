import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiExcludeEndpoint } from '@nestjs/swagger';
import {
  CROSSMINT_PATHS,
  type CrossmintUsageBody,
  type RawQuery,
  crossmintOpenApi,
  renderCrossmintUsage,
} from '@tallymark/provider-contracts';
import { AllowSchemes, CurrentPrincipal, Etagged, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { DescribeContract } from '../describe-contract.js';
import { CrossmintService } from './crossmint.service.js';

const [PATH, ...ALIASES] = CROSSMINT_PATHS as [string, ...string[]];
const routeOf = (path: string): string => path.replace('{projectId}', ':projectId');

@Controller()
@AllowSchemes('x-api-key')
@Requires('projects:usage.read')
@Etagged()
export class CrossmintController {
  constructor(private readonly usage: CrossmintService) {}

  @Get(routeOf(PATH))
  @DescribeContract(crossmintOpenApi, PATH, `A project is a customer, by its external id. Also at ${ALIASES.join(', ')}.`)
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('projectId') projectId: string,
    @Query() query: RawQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CrossmintUsageBody> {
    const { usage, asOf } = await this.usage.read(principal, projectId, query);
    void reply.header('tallymark-as-of', asOf.toISOString());
    return renderCrossmintUsage(usage);
  }

  /** Documented once, at the first path: a document with the same operation four times helps nobody. */
  @Get(ALIASES.map(routeOf))
  @ApiExcludeEndpoint()
  async readAlias(
    @CurrentPrincipal() principal: Principal,
    @Param('projectId') projectId: string,
    @Query() query: RawQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CrossmintUsageBody> {
    return this.read(principal, projectId, query, reply);
  }
}
